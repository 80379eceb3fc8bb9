/** Tests of check digits: draft numbers, bank numbers, unified social credit codes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bankNumberFault } from './bank-number.ts';
import { draftNumber, isDraftNumber, parseDraftNumber } from './draft-number.ts';
import { checkDigit, hasValidCheckDigit } from './mod-11-10.ts';
import { usccCheckCharacter, usccFault } from './uscc.ts';

test('MOD 11,10 follows the worked example of ISO/IEC 7064', () => {
  assert.equal(checkDigit('0794'), '5');
  assert.equal(hasValidCheckDigit('07945'), true);
});

test('a draft number reads back and every single wrong digit is found', () => {
  const number = draftNumber({ division: '52', issuedOn: '2026-11-20', serial: 1 });
  assert.match(number, /^SZHP-520000-20261120-00000001-\d$/);
  assert.deepEqual(parseDraftNumber(number), { division: '520000', issuedOn: '2026-11-20', serial: 1 });
  for (let at = 0; at < number.length; at += 1) {
    const digit = number[at]!;
    if (!/\d/.test(digit)) continue;
    const wrong = number.slice(0, at) + String((Number(digit) + 1) % 10) + number.slice(at + 1);
    assert.equal(isDraftNumber(wrong), false, wrong);
  }
});

test('a draft number needs a real date and a serial in range', () => {
  assert.throws(() => draftNumber({ division: '52', issuedOn: '2026-02-30', serial: 1 }), RangeError);
  assert.throws(() => draftNumber({ division: '52', issuedOn: '2026-02-20', serial: 0 }), RangeError);
  assert.throws(
    () => draftNumber({ division: '52', issuedOn: '2026-02-20', serial: 100_000_000 }),
    RangeError,
  );
  assert.equal(isDraftNumber('SZHP-520000-20260230-00000001-1'), false);
});

test('a bank number has twelve digits and its check digit', () => {
  // 102100099996: head office of a state bank, as published.
  assert.equal(bankNumberFault('102100099996'), null);
  assert.equal(bankNumberFault('102100099995'), 'check');
  assert.equal(bankNumberFault('10210009999'), 'form');
});

test('a credit code has its alphabet and its check character', () => {
  const body = '91520100MA6DJK2T0';
  const code = body + usccCheckCharacter(body);
  assert.equal(usccFault(code), null);
  assert.equal(usccFault(body + (code.endsWith('0') ? '1' : '0')), 'check');
  assert.equal(usccFault('91520100MA6DJK2TIO'), 'form');
  assert.equal(usccFault(''), 'form');
  // Published code of a listed company headquartered in Guizhou.
  assert.equal(usccFault('9152000071430580XT'), null);
});
