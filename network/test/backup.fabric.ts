/** The backup steps of docs/fabric.md, taken on a real network: a node's folder copied while it is stopped, and brought back. */
import assert from 'node:assert/strict';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CLERK, toy, type IssuedIdentity } from '../../test/support/ledger-under-test.ts';
import { until } from '../../test/support/start-run.ts';
import { withAdmins } from '../admin-client.ts';
import { metricsOf } from '../node-status.ts';
import { chaincodeName, nodePaths } from '../plan.ts';
import { openAdapter, type OpenedAdapter } from './adapter.ts';
import { openTestNetwork, testChannel, type TestNetwork } from './test-network.ts';
import { toyPackage } from './toy-package.ts';

let network: TestNetwork;
let adapter: OpenedAdapter;
let clerk: IssuedIdentity;
before(async () => {
  network = await openTestNetwork({}, toyPackage());
  adapter = await openAdapter(network);
  clerk = await adapter.authorities.identity(CLERK);
});
after(async () => {
  await adapter.ledger.close();
  await network.close();
});

async function write(prefix: string, count: number): Promise<void> {
  for (let at = 0; at < count; at += 1)
    await adapter.ledger.submit(toy('put', `${prefix}-${at}`, 'x'), clerk);
}

/** Number of blocks that a peer has; 0 while it does not say. */
async function heightOf(organisation: string): Promise<number> {
  const peer = network.plan.organisations.find(({ name }) => name === organisation)?.peer;
  return figure(peer?.ports.operations ?? 0);
}

async function figure(port: number): Promise<number> {
  const figures = await metricsOf(`http://127.0.0.1:${port}`).catch(() => new Map<string, number>());
  return figures.get(`ledger_blockchain_height{channel="${testChannel}"}`) ?? 0;
}

/** Copies a node's folder while it is stopped. @returns brings the copy back in its place, while the node is stopped */
async function backUp(organisation: string, node: string): Promise<() => Promise<void>> {
  const { data } = nodePaths(network.plan.folder, organisation, node);
  const copy = join(network.dataDir, `copy-of-${node}`);
  await network.processes.stop(node);
  cpSync(data, copy, { recursive: true });
  await network.heal();
  return async () => {
    await network.processes.stop(node);
    rmSync(data, { recursive: true });
    cpSync(copy, data, { recursive: true });
    await network.heal();
  };
}

/** Succeeds when province and another organisation have endorsed a transaction that was committed. */
async function endorses(mspId: string): Promise<boolean> {
  const call = { chaincode: chaincodeName, fn: 'org.hyperledger.fabric:GetMetadata' };
  return withAdmins(network.plan, async ([admin]) => {
    await admin?.submit(call, ['ProvinceMSP', mspId]);
    return true;
  }).catch(() => false);
}

test("a peer's folder: others go on while it is copied; an old copy catches up by itself", async (t) => {
  await write('before', 5);
  const stopped = network.processes.stop('county-peer0');
  await stopped;
  await write('while-stopped', 3);
  await network.heal();
  const restore = await backUp('county', 'county-peer0');
  const kept = await heightOf('county');
  await write('after-copy', 20);
  await restore();
  const began = performance.now();
  await until('the height', async () => (await heightOf('county')) === (await heightOf('province')));
  await until('an endorsement', () => endorses('CountyMSP'));
  t.diagnostic(
    `copy at height ${kept}, caught up to ${await heightOf('county')} and endorsed ${((performance.now() - began) / 1000).toFixed(1)} s after its start`,
  );
  assert.ok((await heightOf('county')) >= kept + 20);
});

test("a peer's folder that is gone: the peer joins anew and fetches every block", async (t) => {
  await network.processes.stop('bank-peer0');
  rmSync(nodePaths(network.plan.folder, 'bank', 'bank-peer0').data, { recursive: true });
  const began = performance.now();
  await network.rejoin();
  await until('the height', async () => (await heightOf('bank')) === (await heightOf('province')));
  t.diagnostic(`rejoined with every block after ${((performance.now() - began) / 1000).toFixed(1)} s`);
  await until('an endorsement', () => endorses('BankMSP'));
});

test("the only orderer's folder: a copy brings it back as long as no block was made since", async (t) => {
  const restore = await backUp('orderer', 'orderer0');
  const began = performance.now();
  await restore();
  await write('after-orderer', 1);
  t.diagnostic(`the next commit ${((performance.now() - began) / 1000).toFixed(1)} s after the stop`);
  await write('after-orderer', 5);
  const heights = await Promise.all(['province', 'county', 'bank'].map(heightOf));
  t.diagnostic(`heights ${heights.join(', ')}`);
});

test('of three Raft orderers one whose folder is gone joins anew and is handed every block', async (t) => {
  const wider = await openTestNetwork({ orderers: 3 }, toyPackage());
  t.after(() => wider.close());
  const { ledger, authorities } = await openAdapter(wider);
  t.after(() => ledger.close());
  const who = await authorities.identity(CLERK);
  for (const key of ['a', 'b', 'c']) await ledger.submit(toy('put', key, 'x'), who);
  await wider.processes.stop('orderer2');
  rmSync(nodePaths(wider.plan.folder, 'orderer', 'orderer2').data, { recursive: true });
  await ledger.submit(toy('put', 'while-gone', 'x'), who);
  const began = performance.now();
  await wider.rejoin();
  const heights = (): Promise<number[]> =>
    Promise.all(wider.plan.orderers.map(({ ports }) => figure(ports.operations)));
  await until('equal heights', async () => new Set(await heights()).size === 1);
  t.diagnostic(`level after ${((performance.now() - began) / 1000).toFixed(1)} s`);
  await ledger.submit(toy('put', 'after', 'x'), who);
});
