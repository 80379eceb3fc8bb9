/** Four Byzantine-tolerant orderers: one may be killed without a pause of note, two stop the channel until one is back. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { FabricLedger } from '../../src/blockchain/fabric/fabric-ledger.ts';
import { CLERK, type IssuedIdentity } from '../../test/support/ledger-under-test.ts';
import { metricsOf } from '../node-status.ts';
import { openAdapter } from './adapter.ts';
import { openTestNetwork, type TestNetwork } from './test-network.ts';
import { toyPackage } from './toy-package.ts';
import { assertNothingLostOrDoubled, startWorkload } from './workload.ts';

let network: TestNetwork;
let ledger: FabricLedger;
let clerk: IssuedIdentity;
before(async () => {
  network = await openTestNetwork({ consensus: 'bft', orderers: 4 }, toyPackage());
  const opened = await openAdapter(network);
  ledger = opened.ledger;
  clerk = await opened.authorities.identity(CLERK);
});
after(async () => {
  await ledger.close();
  await network.close();
});

test('one, then two of four orderers are killed, then they come back', async (t) => {
  const load = startWorkload(ledger, clerk);
  t.after(() => load.stop());
  await load.more(10);
  const killed = performance.now();
  network.kill('orderer3');
  await load.more(20);
  t.diagnostic(`one killed: 20 commits in ${((performance.now() - killed) / 1000).toFixed(1)} s`);
  network.kill('orderer2');
  const before = await ledger.info();
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const { height } = await ledger.info();
  assert.ok(height - before.height <= 2, 'without a quorum the channel stands still');
  const back = performance.now();
  await network.heal();
  await load.more(10);
  t.diagnostic(`both back: 10 commits after ${((performance.now() - back) / 1000).toFixed(1)} s`);
  const told = await load.stop();
  const count = await assertNothingLostOrDoubled(ledger, clerk, told);
  t.diagnostic(`${count} acknowledged, ${told.length - count} told as failed`);
});

test('the leading orderer is killed: the others choose another', async (t) => {
  const load = startWorkload(ledger, clerk);
  t.after(() => load.stop());
  await load.more(10);
  const began = performance.now();
  const leader = await leadingOrderer();
  network.kill(leader);
  await load.more(20);
  t.diagnostic(`${leader} killed: 20 commits in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  await network.heal();
  await load.more(10);
  await assertNothingLostOrDoubled(ledger, clerk, await load.stop());
});

/** The node that most name as leader: one that has just caught up may name an older one. */
async function leadingOrderer(): Promise<string> {
  const votes = new Map<number, number>();
  for (const { ports } of network.plan.orderers) {
    const metrics = await metricsOf(`http://127.0.0.1:${ports.operations}`);
    const id = metrics.get(`consensus_BFT_leader_id{channel="${network.plan.channel}"}`) ?? 0;
    votes.set(id, (votes.get(id) ?? 0) + 1);
  }
  const [best] = [...votes].sort(([, one], [, other]) => other - one);
  return `orderer${(best?.[0] ?? 1) - 1}`;
}
