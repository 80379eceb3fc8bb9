import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { hasMaterial, makeMaterial } from './material.ts';
import { existingPlan, keepChoices } from './network-folder.ts';
import { parseMetrics } from './node-status.ts';
import { planNetwork, readerPaths } from './plan.ts';
import { listProposals, majorityOf, readProposal, removeProposal, writeProposal } from './proposals.ts';

function settingsIn(t: TestContext): { folder: string; channel: string; basePort: number; programs: string } {
  const folder = mkdtempSync('/tmp/fs-');
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return { folder, channel: 'fupin', basePort: 9000, programs: '' };
}

test('the choices of the first start are kept; others are refused', (t) => {
  const settings = settingsIn(t);
  const first = keepChoices(settings, { orgs: 4 });
  assert.deepEqual(keepChoices({ ...settings, basePort: 9500 }, {}), first, 'also the ports');
  assert.deepEqual(keepChoices(settings, { orgs: 4, consensus: 'raft' }), first);
  assert.throws(
    () => keepChoices(settings, { orgs: 3, consensus: 'bft' }),
    /has 4 organisations, not 3 and raft, not bft; "npm run fabric:org" admits/,
  );
});

test('a folder without a network, with a part of one, or with a damaged one is told apart', (t) => {
  const settings = settingsIn(t);
  assert.throws(() => existingPlan(settings), /No network lies in .*fabric:up/);
  keepChoices(settings, {});
  assert.throws(() => existingPlan(settings), /is not complete: "npm run fabric:up" goes on/);
  writeFileSync(join(settings.folder, 'network.json'), '{');
  assert.throws(() => existingPlan(settings), /network\.json is damaged/);
});

test('keys are made once, for their owner alone, and what a crash left out is made later', async (t) => {
  const settings = settingsIn(t);
  const plan = planNetwork(keepChoices(settings, { hosts: { county: '10.0.0.2' } }), settings.folder);
  await makeMaterial(plan);
  assert.ok(hasMaterial(plan));
  const keys = globSync('organisations/**/{*.key,keystore/*}', { cwd: settings.folder });
  assert.equal(keys.length, 4 * 2 + 4 * 2 + 4, 'two authorities, administrator, node and TLS of each');
  for (const key of keys) assert.equal(statSync(join(settings.folder, key)).mode & 0o777, 0o600, key);
  const root = join(settings.folder, 'organisations/county');
  const before = readFileSync(join(root, 'ca/ca.pem'), 'utf8');
  rmSync(join(root, 'county-peer0'), { recursive: true });
  assert.equal(hasMaterial(plan), false);
  await makeMaterial(plan);
  assert.equal(readFileSync(join(root, 'ca/ca.pem'), 'utf8'), before);
  const node = new X509Certificate(readFileSync(join(root, 'county-peer0/msp/signcerts/cert.pem')));
  assert.ok(node.verify(new X509Certificate(before).publicKey));
  assert.match(node.subject, /OU=peer/);
  const tls = new X509Certificate(readFileSync(join(root, 'county-peer0/tls/server.crt')));
  assert.equal(tls.checkHost('localhost'), 'localhost');
  for (const address of ['127.0.0.1', '10.0.0.2']) assert.equal(tls.checkIP(address), address);
  const reader = readerPaths(settings.folder);
  assert.equal(statSync(reader.key).mode & 0o777, 0o600);
  assert.match(new X509Certificate(readFileSync(reader.certificate)).subject, /OU=client/);
});

test('a proposal waits as a file until it is carried out', (t) => {
  const { folder } = settingsIn(t);
  const organisation = { name: 'audit', mspId: 'AuditMSP', slot: 3 };
  const proposal = {
    id: 'admit-audit',
    kind: 'admit',
    organisation,
    update: 'AAAA',
    signatures: {},
  } as const;
  writeProposal(folder, proposal);
  assert.deepEqual(readProposal(folder, 'admit-audit'), proposal);
  assert.deepEqual(listProposals(folder), ['admit-audit']);
  assert.throws(
    () => readProposal(folder, '../network'),
    /There is no proposal "\.\.\/network": admit-audit/,
  );
  removeProposal(folder, 'admit-audit');
  assert.equal(existsSync(join(folder, 'proposals/admit-audit.json')), false);
});

test('a majority is more than half', () => {
  assert.deepEqual([3, 4, 5, 6].map(majorityOf), [2, 3, 3, 4]);
});

test('figures are read by name and labels', () => {
  const text = '# TYPE a gauge\na{channel="x y"} 7\nb 1.5e+06\n';
  assert.deepEqual(
    [...parseMetrics(text)],
    [
      ['a{channel="x y"}', 7],
      ['b', 1_500_000],
    ],
  );
});
