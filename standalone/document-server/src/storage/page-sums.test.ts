import assert from 'node:assert/strict';
import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { PageSums } from './page-sums.ts';
import { verifyWal } from './wal.ts';

const folder = mkdtempSync('/tmp/ds-sums-');
after(() => rmSync(folder, { recursive: true }));

/** A file with summed pages and a log of three transactions, copied while it is open, as a kill leaves it. */
function killed(name: string): string {
  const source = join(folder, `${name}-source`);
  const sqlite = new DatabaseSync(source);
  sqlite.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (v TEXT)');
  sqlite.prepare('INSERT INTO t VALUES (?)').run('x'.repeat(50_000));
  sqlite.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  const sums = new PageSums(source, `${source}.sums`);
  sums.rebuild(4096);
  sums.close();
  for (let index = 0; index < 3; index++) sqlite.prepare('INSERT INTO t VALUES (?)').run('y'.repeat(9000));
  const target = join(folder, name);
  for (const suffix of ['', '-wal', '.sums']) copyFileSync(`${source}${suffix}`, `${target}${suffix}`);
  sqlite.close();
  return target;
}

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

function verify(path: string): string | undefined {
  const sums = new PageSums(path, `${path}.sums`);
  const problem = sums.verify();
  sums.close();
  return problem;
}

test('an intact file with a log is accepted', () => {
  assert.equal(verify(killed('intact')), undefined);
});

test('a flipped bit in any page that the log does not replace is told', () => {
  const path = killed('flip');
  const size = statSync(path).size;
  for (let at = 3 * 4096 + 17; at < size - 2 * 4096; at += 4096) {
    flip(path, at);
    assert.match(String(verify(path)), /checksum/, `at ${at}`);
    flip(path, at);
  }
  assert.equal(verify(path), undefined);
});

test('a file that is cut off is told', () => {
  const path = killed('torn');
  truncateSync(path, statSync(path).size - 4096);
  assert.match(String(verify(path)), /torn/);
});

test('damaged sums are told, and missing ones are named', () => {
  const path = killed('sums');
  flip(`${path}.sums`, 20);
  assert.match(String(verify(path)), /checksums is damaged/);
  rmSync(`${path}.sums`);
  assert.equal(verify(path), 'missing');
});

test('a log whose last transaction is torn is accepted, one damaged before is not', () => {
  const path = killed('wal');
  const size = statSync(`${path}-wal`).size;
  flip(`${path}-wal`, size - 100);
  assert.equal(verifyWal(`${path}-wal`).damage, undefined);
  flip(`${path}-wal`, 32 + 24 + 100);
  assert.match(String(verifyWal(`${path}-wal`).damage), /transaction/);
  flip(`${path}-wal`, 32 + 24 + 100);
  flip(`${path}-wal`, 8);
  assert.match(String(verifyWal(`${path}-wal`).damage), /head/);
});
