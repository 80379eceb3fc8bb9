import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test, type TestContext } from 'node:test';
import { checkVersion, findPrograms, programNames, searchPath } from './programs.ts';

function folderWith(t: TestContext, names: readonly string[], version = '3.1.5'): string {
  const folder = mkdtempSync('/tmp/fp-');
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of names) {
    writeFileSync(join(folder, name), `#!/bin/sh\necho "peer:\n Version: v${version}"\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

test('programs are taken from FABRIC_BIN first, then from PATH', (t) => {
  const [own, other] = [folderWith(t, ['peer']), folderWith(t, programNames)];
  const found = findPrograms(searchPath({ FABRIC_BIN: own, PATH: `/nowhere:${other}` }));
  assert.deepEqual(found, {
    peer: join(own, 'peer'),
    orderer: join(other, 'orderer'),
    configtxgen: join(other, 'configtxgen'),
  });
});

test('what is missing is named in one sentence with the version and the source', (t) => {
  const folders = [folderWith(t, ['peer'])];
  assert.throws(
    () => findPrograms(folders),
    /needs orderer, configtxgen of Hyperledger Fabric 3\.1: not found in FABRIC_BIN nor in PATH.*releases/,
  );
});

test('an older version is refused', async (t) => {
  const right = findPrograms([folderWith(t, programNames)]);
  assert.equal(await checkVersion(right), '3.1.5');
  const old = findPrograms([folderWith(t, programNames, '2.5.12')]);
  await assert.rejects(checkVersion(old), /is version 2\.5\.12; Hyperledger Fabric 3\.1 is needed/);
});

test('fabric:up without programs says so before it writes anything', async (t) => {
  const data = join(folderWith(t, []), 'data');
  const script = resolve(import.meta.dirname, 'main.ts');
  const env = { DATA_DIR: data, PATH: '/nowhere', FABRIC_BIN: '' };
  const { code, stderr } = await new Promise<{ code: unknown; stderr: string }>((done) => {
    execFile(process.execPath, [script, 'up'], { env }, (error, _stdout, text) =>
      done({ code: error?.code, stderr: text }),
    );
  });
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^A Fabric network needs peer, orderer, configtxgen of Hyperledger Fabric 3\.1[^\n]+\n$/,
  );
  assert.equal(existsSync(data), false);
});
