/** A fresh clone can install: the lock file says everything that `npm ci` asks for. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

test('npm ci accepts the lock file beside package.json', (t) => {
  const folder = mkdtempSync('/tmp/lock-test-');
  t.after(() => rmSync(folder, { recursive: true }));
  for (const file of ['package.json', 'package-lock.json', '.npmrc']) cpSync(file, join(folder, file));
  const run = spawnSync('npm', ['ci', '--dry-run', '--offline'], { cwd: folder, encoding: 'utf8' });
  assert.equal(run.status, 0, run.stderr);
});
