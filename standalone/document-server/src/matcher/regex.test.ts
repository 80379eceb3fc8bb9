import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MongoError } from '../errors.ts';
import { compilePattern } from './regex.ts';

const matches: readonly [source: string, flags: string, text: string, holds: boolean][] = [
  ['^ab$', '', 'ab', true],
  ['^ab$', '', 'ab\n', true],
  ['^ab$', '', 'ab\n\n', false],
  ['^b', '', 'a\nb', false],
  ['^b', 'm', 'a\nb', true],
  ['^b', 'm', 'a\rb', false],
  ['a.b', '', 'a\nb', false],
  ['a.b', '', 'a\u2028b', true],
  ['a.b', 's', 'a\nb', true],
  ['^.$', '', '😀', true],
  ['\\s', '', '\u3000', false],
  ['a b # c', 'x', 'ab', true],
  ['A', 'i', 'a', true],
  ['a\\-b', '', 'a-b', true],
  ['[a\\-z]', '', '-', true],
  ['[[]', '', '[', true],
];

for (const [source, flags, text, holds] of matches)
  test(`/${source}/${flags} on ${JSON.stringify(text)}`, () => {
    assert.equal(compilePattern(source, flags).test(text), holds);
  });

for (const source of ['(', '(?i)a', '\\Aa', 'a++', '(?>a)', '[[:alpha:]]', '\\1(a)', '\\p{L}'])
  test(`/${source}/ is refused`, () => {
    assert.throws(() => compilePattern(source, ''), MongoError);
  });

const prefixes: readonly [source: string, prefix: string, only: boolean][] = [
  ['^abc', 'abc', true],
  ['^abc*', 'ab', false],
  ['^ab?c', 'a', false],
  ['^a\\.b', 'a.b', false],
  ['^a|b', '', false],
  ['abc', '', false],
  ['^扶😀*', '扶', false],
  ['^扶😀+', '扶😀', false],
];

for (const [source, prefix, only] of prefixes)
  test(`/${source}/ begins with '${prefix}'`, () => {
    const pattern = compilePattern(source, '');
    assert.deepEqual([pattern.prefix, pattern.prefixOnly], [prefix, only]);
  });
