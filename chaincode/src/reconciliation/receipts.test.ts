/** Tests of receipts where nothing but a reference tells credits apart: equal sums between the same accounts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Flow } from '#kernel/records/reconciliation.ts';
import {
  copyWorld,
  creditOf,
  draftOn,
  feedOf,
  outcomeOn,
  payerOf,
  payment,
  planned,
  seedDraft,
} from '../../test/drafts.ts';
import { MemoryLedger } from '../../test/memory-ledger.ts';
import { populate } from '../../test/world.ts';
import { MemberContract } from '../member/member.contract.ts';
import { ReconciliationContract } from './reconciliation.contract.ts';

const world = new MemoryLedger([MemberContract, ReconciliationContract]);
await populate(world);

/** Two drafts pay the same sum from the same account to the same account. */
function twins(): {
  ledger: MemoryLedger;
  drafts: [ReturnType<typeof seedDraft>, ReturnType<typeof seedDraft>];
} {
  const ledger = new MemoryLedger([MemberContract, ReconciliationContract]);
  copyWorld(world, ledger);
  return { ledger, drafts: [seedDraft(ledger, { serial: 1 }), seedDraft(ledger, { serial: 2 })] };
}

function ordersOf<T>(list: readonly T[]): T[][] {
  if (list.length < 2) return [[...list]];
  return list.flatMap((one, at) => ordersOf(list.toSpliced(at, 1)).map((rest) => [one, ...rest]));
}

const ingest = (ledger: MemoryLedger, flow: Flow): Promise<unknown> =>
  ledger.submit('reconciliation:ingest', { flow, drop: false }, feedOf(flow));

for (const references of ['none', 'one', 'both'] as const) {
  test(`two equal payments and their credits, ${references} with a reference: in every order each payment has one receipt`, async () => {
    for (const order of ordersOf(['pay 0', 'pay 1', 'credit 0', 'credit 1'])) {
      const { ledger, drafts } = twins();
      const credits = drafts.map((draft, no) => {
        const isNamed = references === 'both' || (references === 'one' && no === 0);
        return creditOf(planned(draft, 'F1'), `C${no}`, '2026-03-03', isNamed ? `${draft.DraftID}/F1` : '');
      });
      const pay = async (no: number): Promise<void> => {
        const leg = planned(drafts[no as 0 | 1], 'F1');
        const args = { draftId: drafts[no as 0 | 1].DraftID, legId: 'F1', serialNo: `S${no}` };
        await ledger.submit('reconciliation:register', { ...args, bookingDate: '2026-03-03' }, payerOf(leg));
        await ingest(ledger, payment(leg, `S${no}`, '2026-03-03'));
      };
      for (const [what = '', no = 0] of order.map(
        (step) => [step.split(' ')[0], Number(step.slice(-1))] as const,
      ))
        await (what === 'pay' ? pay(no) : ingest(ledger, credits[no] as Flow));
      for (const credit of credits)
        assert.equal(outcomeOn(ledger, credit).state, 'RECEIPT', `${order.join()}: ${credit.serialNo}`);
      for (const { DraftID } of drafts) {
        const receipts = draftOn(ledger, DraftID).ActualPath.filter((entry) => entry.kind === 'receipt');
        assert.deepEqual(
          receipts.map((entry) => entry.legId),
          ['F1'],
          order.join(),
        );
      }
    }
  });
}

test('of two equal payments one is never proven: one credit becomes its receipt, the other waits', async () => {
  const { ledger, drafts } = twins();
  const credits = drafts.map((draft, no) => creditOf(planned(draft, 'F1'), `C${no}`, '2026-03-03'));
  for (const credit of credits) await ingest(ledger, credit);
  const leg = planned(drafts[0], 'F1');
  const args = { draftId: drafts[0].DraftID, legId: 'F1', serialNo: 'S0', bookingDate: '2026-03-03' };
  await ledger.submit('reconciliation:register', args, payerOf(leg));
  await ingest(ledger, payment(leg, 'S0', '2026-03-03'));
  assert.deepEqual(
    credits.map((credit) => outcomeOn(ledger, credit).state),
    ['RECEIPT', 'WAITING'],
  );
});
