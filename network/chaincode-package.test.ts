import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { test } from 'node:test';
import { codeFiles, makePackage, readCode, repositoryCode } from './chaincode-package.ts';
import { fileChanges } from './code-changes.ts';

test('the same input gives the same package, another port another one', () => {
  const one = makePackage('fupin', 'abc', 7153);
  assert.equal(makePackage('fupin', 'abc', 7153).packageId, one.packageId);
  assert.notEqual(makePackage('fupin', 'abc', 7163).packageId, one.packageId);
  assert.match(one.packageId, /^fupin_abc:[0-9a-f]{64}$/);
});

test('tar reads what was packed', () => {
  const { bytes } = makePackage('fupin', 'abc', 7153);
  const listing = spawnSync('tar', ['-tf', '-'], { input: gunzipSync(bytes), encoding: 'utf8' });
  assert.equal(listing.stdout, 'metadata.json\ncode.tar.gz\n');
  const metadata = spawnSync('tar', ['-xOf', '-', 'metadata.json'], {
    input: gunzipSync(bytes),
    encoding: 'utf8',
  });
  assert.deepEqual(JSON.parse(metadata.stdout), { type: 'ccaas', label: 'fupin_abc' });
});

test('the digest follows the code, tests left out', (t) => {
  const folder = mkdtempSync('/tmp/fc-');
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const path of codeFiles(repositoryCode)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    cpSync(join(repositoryCode, path), join(folder, path));
  }
  const before = readCode(folder);
  assert.deepEqual(before, readCode());
  writeFileSync(join(folder, 'src/more.test.ts'), '// a test');
  assert.deepEqual(readCode(folder), before);
  writeFileSync(join(folder, 'src/more.ts'), '// a rule');
  assert.notEqual(readCode(folder).digest, before.digest);
  assert.deepEqual(fileChanges(repositoryCode, folder), { added: ['src/more.ts'], removed: [], changed: [] });
});
