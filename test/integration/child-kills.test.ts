/** kill -9 of each process of the real platform in turn: it is told, starts again after a pause, and pages, pushes and reconciliation go on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { banks } from '../../src/commands/demo/organisations.ts';
import { Installation } from '../support/faults/installation.ts';
import { assertNothingLost } from '../support/faults/proof.ts';
import { PushingBank, type Entry } from '../support/faults/pushing-bank.ts';
import { until } from '../support/start-run.ts';
import { entryOf } from '../support/web.ts';

/** Name as the supervisor tells it, and words of the command line. */
const children = [
  ['web', 'src/server.ts'],
  ['worker', 'src/worker.ts'],
  ['ledger', 'src/ledger.ts'],
  ['redis', 'redis-server'],
  ['document-store', 'documents'],
  ['sample-bank', 'standalone/sample-bank'],
] as const;

test('each child that is killed is restarted and told, and the platform goes on', async (t) => {
  const installation = await Installation.create(t);
  const setup = installation.setup();
  const { port } = installation;
  const secret = setup.secrets[banks.investor] ?? '';
  const bank = new PushingBank({ port, bankId: banks.investor, secret });
  const [leg] = setup.legs;
  assert.ok(leg);
  let serial = 0;
  const entry = (): Entry => {
    serial += 1;
    const flow = { ...leg, serialNo: `K${String(serial).padStart(8, '0')}`, amountFen: '100' };
    return entryOf({ ...flow, bookingDate: setup.today }) as Entry;
  };
  const status = async (path: string): Promise<number> =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(10_000),
    }).then(
      (answer) => answer.status,
      () => 0,
    );

  for (const [name, words] of children) {
    await t.test(name, async () => {
      installation.signal(words, 'SIGKILL');
      await until(`${name} told`, () =>
        new RegExp(`${name} ended by SIGKILL; it starts again in [\\d.]+ s`).test(installation.complaints()),
      );
      await until(`${name} back`, () => installation.complaints().includes(`${name} is back`));
      await until('a ready platform', async () => (await status('/readyz')) === 200);
      await until('the sign-in page', async () => (await status('/sign-in')) === 200);
      const pushed = [entry(), entry()];
      await bank.pushAll(pushed, 1, AbortSignal.timeout(30_000));
      for (const { serialNo } of pushed) assert.ok(bank.acknowledged.has(serialNo), serialNo);
      assert.deepEqual(bank.wrong, []);
      await assertNothingLost(installation, bank.acknowledged, []);
    });
  }
});
