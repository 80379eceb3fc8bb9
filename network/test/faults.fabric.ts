/** Faults under load on a network with one Raft orderer: nothing acknowledged is lost, nothing happens twice. */
import assert from 'node:assert/strict';
import { after, before, test, type TestContext } from 'node:test';
import type { FabricLedger } from '../../src/blockchain/fabric/fabric-ledger.ts';
import { CLERK, type IssuedIdentity } from '../../test/support/ledger-under-test.ts';
import { chaincodeProcessName } from '../nodes.ts';
import { openAdapter } from './adapter.ts';
import { openTestNetwork, type TestNetwork } from './test-network.ts';
import { toyPackage } from './toy-package.ts';
import { assertNothingLostOrDoubled, startWorkload } from './workload.ts';

let network: TestNetwork;
let ledger: FabricLedger;
let clerk: IssuedIdentity;
before(async () => {
  network = await openTestNetwork({}, toyPackage());
  const opened = await openAdapter(network);
  ledger = opened.ledger;
  clerk = await opened.authorities.identity(CLERK);
});
after(async () => {
  await ledger.close();
  await network.close();
});

/** Kills under load, goes on, heals, goes on, and looks at every transaction. */
async function underLoad(t: TestContext, names: readonly string[], whileDown: number): Promise<void> {
  const load = startWorkload(ledger, clerk);
  t.after(() => load.stop());
  await load.more(10);
  const began = performance.now();
  for (const name of names) network.kill(name);
  if (whileDown > 0) await load.more(whileDown);
  const down = whileDown > 0 ? `${whileDown} commits meanwhile in ${seconds(began)} s, ` : '';
  await network.heal();
  const healed = performance.now();
  await load.more(10);
  const again = `10 more in ${seconds(healed)} s after healing`;
  const told = await load.stop();
  const count = await assertNothingLostOrDoubled(ledger, clerk, told);
  t.diagnostic(`${down}${again}; ${count} acknowledged, ${told.length - count} told as failed`);
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(1);
}

const contractsOf = (at: number): string => {
  const peer = network.plan.organisations[at]?.peer;
  assert.ok(peer);
  return chaincodeProcessName(peer, 1);
};
const peerOf = (at: number): string => network.plan.organisations[at]?.peer.name ?? '';

/** The clerk's own organisation: its peer is asked first. */
const own = 1;

test("another organisation's contracts are killed: work goes on", (t) => underLoad(t, [contractsOf(2)], 20));
test("the own peer's contracts are killed: work goes on over another peer", (t) =>
  underLoad(t, [contractsOf(own)], 20));
test("another organisation's peer is killed: work goes on", (t) => underLoad(t, [peerOf(2)], 20));
test('the peer whose gateway is used is killed between submit and status: work goes on', (t) =>
  underLoad(t, [peerOf(own)], 20));
test('the only orderer is killed: work goes on when it is back', (t) => underLoad(t, ['orderer0'], 0));
test('two of three peers are killed: work goes on when they are back', (t) =>
  underLoad(t, [peerOf(0), peerOf(2)], 0));
test('the whole network is killed: work goes on when it is back', (t) =>
  underLoad(t, [...network.plan.organisations.map(({ peer }) => peer.name), 'orderer0'], 0));
