/** Finds the web process of a platform that a test has started. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

/** @returns the id of the web process whose data lie in a folder */
export function webProcess(dataDir: string): number {
  const { stdout } = spawnSync('pgrep', ['-f', 'src/server.ts'], { encoding: 'utf8' });
  const own = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map(Number)
    .find((pid) => environmentOf(pid).includes(`DATA_DIR=${dataDir}`));
  assert.ok(own, 'the web process');
  return own;
}

function environmentOf(pid: number): readonly string[] {
  return spawnSync('cat', [`/proc/${pid}/environ`], { encoding: 'utf8' }).stdout.split('\0');
}
