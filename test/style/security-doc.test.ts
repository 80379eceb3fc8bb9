/** docs/security.md names tests that exist. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { repository, sourceFiles } from '../support/source-files.ts';

const text = readFileSync(join(repository, 'docs/security.md'), 'utf8');
const named = [...text.matchAll(/`([\w.-]+\.test\.ts)` › ([^;|\n]*)/g)].map(([, file = '', name = '']) => ({
  file,
  name: name.trim(),
}));
const tests = sourceFiles(['src', 'test', 'chaincode', 'standalone'], ['.test.ts']);

test('every test that docs/security.md names is there', () => {
  assert.ok(named.length > 30);
  const missing = named.filter(
    ({ file, name }) =>
      !tests.some(
        (one) => one.path.endsWith(`/${file}`) && one.text.includes(name === '' ? 'test(' : `test('${name}`),
      ),
  );
  assert.deepEqual(missing, []);
});

test('every row of the webhook checklist is met or answered', () => {
  const rows = [...text.matchAll(/^\| (\d+) \| [^|]+ \| ([^|]+) \|/gm)];
  assert.deepEqual(
    rows.map(([, number]) => Number(number)),
    Array.from({ length: 27 }, (_, at) => at + 1),
  );
});
