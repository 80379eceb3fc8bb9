/** Tests of formal numerals against the published examples and a reader that turns words back into fen. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { amountInWords, dateInWords } from './amount-in-words.ts';
import { fen } from './fen.ts';

const vectors: [bigint, string][] = [
  [140_950n, '壹仟肆佰零玖元伍角整'],
  [600_714n, '陆仟零柒元壹角肆分'],
  [168_032n, '壹仟陆佰捌拾元叁角贰分'],
  [10_700_053n, '壹拾万零柒仟元伍角叁分'],
  [1_640_902n, '壹万陆仟肆佰零玖元零贰分'],
  [32_504n, '叁佰贰拾伍元零肆分'],
  [0n, '零元整'],
  [1n, '壹分'],
  [10n, '壹角整'],
  [1_000_100n, '壹万零壹元整'],
  [10_000_000_001n, '壹亿元零壹分'],
  [1_730_000_000_000n, '壹佰柒拾叁亿元整'],
  [30_000_000_000_000n, '叁仟亿元整'],
  [12_345_678_901_234n, '壹仟贰佰叁拾肆亿伍仟陆佰柒拾捌万玖仟零壹拾贰元叁角肆分'],
  [1_000_000_000_010_000n, '壹拾万亿零壹佰元整'],
  [10_000_100_000n, '壹亿零壹仟元整'],
];

test('amounts in words follow the vectors', () => {
  for (const [amount, words] of vectors) assert.equal(amountInWords(fen(amount)), words);
});

test('words read back as the amount, never with two zeros in a row', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 999_999_999_999_999_999n }), (amount) => {
      const words = amountInWords(fen(amount));
      assert.equal(readWords(words), amount, words);
      assert.doesNotMatch(words, /零零|零[万亿整]/);
    }),
    { numRuns: 1000 },
  );
});

test('a negative amount has no words', () => {
  assert.throws(() => amountInWords(fen(-1n)), RangeError);
});

test('dates in words guard months and days that could be written into', () => {
  assert.equal(dateInWords('2026-10-20'), '贰零贰陆年零壹拾月零贰拾日');
  assert.equal(dateInWords('2026-01-15'), '贰零贰陆年零壹月壹拾伍日');
  assert.equal(dateInWords('2026-02-09'), '贰零贰陆年零贰月零玖日');
  assert.equal(dateInWords('2026-12-31'), '贰零贰陆年壹拾贰月叁拾壹日');
  assert.equal(dateInWords('2026-09-10'), '贰零贰陆年玖月零壹拾日');
});

/** An independent reader: sums digit × place, closing a section at 万 and 亿. */
function readWords(words: string): bigint {
  const places: Record<string, bigint> = { 仟: 1000n, 佰: 100n, 拾: 10n };
  let [total, upper, section, digit] = [0n, 0n, 0n, 0n];
  for (const character of words) {
    const value = '零壹贰叁肆伍陆柒捌玖'.indexOf(character);
    if (value >= 0) digit = BigInt(value);
    else if (character in places) [section, digit] = [section + digit * places[character]!, 0n];
    else if (character === '万') [section, digit] = [(section + digit) * 10_000n, 0n];
    else if (character === '亿') [upper, section, digit] = [(section + digit) * 100_000_000n, 0n, 0n];
    else if (character === '元')
      [total, section, upper, digit] = [(upper + section + digit) * 100n, 0n, 0n, 0n];
    else if (character === '角') [total, digit] = [total + digit * 10n, 0n];
    else if (character === '分') total += digit;
  }
  return total;
}
