/** Property tests: after every single step money is conserved and backed by equal booked flows in order; every step may be repeated. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Draft } from '#kernel/records/draft.ts';
import type { DecisionReply } from '#kernel/records/reconciliation.ts';
import { draftOn, feedOf, legOn, outcomeOn, payerOf, payment, planned } from '../../test/drafts.ts';
import { eventsOf, flowEvent, open, play, holds, scenario, shuffled, stateOf } from '../../test/scenario.ts';
import { assertSound } from '../../test/soundness.ts';
import type { MemoryLedger } from '../../test/memory-ledger.ts';

test('after every single event money is conserved, backed by equal booked flows and in the order of the plan', async (t) => {
  await holds(t, scenario, async ({ plan, seed, approved }) => {
    const { ledger, drafts } = open(approved);
    const events = drafts.flatMap((draft) => eventsOf(draft, plan));
    for (const event of shuffled(events, seed)) {
      await play(ledger, event);
      assertSound(ledger, drafts);
    }
  });
});

test('every step done again, with the same request or a new one, at once or at the end, writes nothing', async (t) => {
  await holds(t, scenario, async ({ plan, seed, approved }) => {
    const { ledger, drafts } = open(approved);
    const events = shuffled(
      drafts.flatMap((draft) => eventsOf(draft, plan)),
      seed,
    );
    for (const [at, event] of events.entries()) {
      await play(ledger, event, `request-once-${at}`);
      assert.deepEqual(await play(ledger, event, `request-once-${at}`), []);
      assert.deepEqual(await play(ledger, event), ['REQ']);
    }
    for (const event of events) assert.deepEqual(await play(ledger, event), ['REQ']);
  });
});

const claimDate = '2026-03-10';

async function claim(ledger: MemoryLedger, draft: Draft, serialNo: string): Promise<string> {
  const args = { draftId: draft.DraftID, legId: 'F1', serialNo, bookingDate: claimDate };
  const payer = payerOf(planned(draft, 'F1'));
  return ledger.submit<DecisionReply>('reconciliation:register', args, payer).then(
    ({ result }) => result.outcome,
    () => 'TAKEN',
  );
}

test('of several claims to one serial the first that was made holds, whenever the flow arrives', async (t) => {
  const acts = fc.array(
    fc.record({ draft: fc.integer({ min: 0, max: 2 }), serial: fc.integer({ min: 0, max: 1 }) }),
    {
      minLength: 1,
      maxLength: 8,
    },
  );
  const flowsAt = fc.tuple(fc.nat(8), fc.nat(8));
  await holds(t, fc.tuple(acts, flowsAt), async ([claims, at]) => {
    const { ledger, drafts } = open(false, 3);
    const holder = new Map<number, number>();
    const held = new Set<number>();
    for (let step = 0; step <= 8; step += 1) {
      for (const serial of [0, 1])
        if (at[serial] === step) await play(ledger, flowEvent(flowOf(drafts, serial)));
      const one = claims[step];
      const draft = one === undefined ? undefined : drafts[one.draft];
      if (one === undefined || draft === undefined) continue;
      const answer = await claim(ledger, draft, `S${one.serial}`);
      const owner = holder.get(one.serial);
      const isFirst = owner === undefined && !held.has(one.draft);
      assert.equal(
        answer,
        isFirst || owner === one.draft ? 'DONE' : owner === undefined ? 'TAKEN' : 'REFUSED',
      );
      if (isFirst) holder.set(one.serial, one.draft);
      if (isFirst) held.add(one.draft);
      assertSound(ledger, drafts);
    }
    for (const [serial, draft] of holder) assertPaid(ledger, drafts, { serial, draft });
  });
});

function flowOf(drafts: readonly Draft[], serial: number): ReturnType<typeof payment> {
  const [draft] = drafts;
  if (draft === undefined) throw new Error('no draft');
  return payment(planned(draft, 'F1'), `S${serial}`, claimDate);
}

function assertPaid(
  ledger: MemoryLedger,
  drafts: readonly Draft[],
  held: { serial: number; draft: number },
): void {
  const draft = drafts[held.draft];
  if (draft === undefined) throw new Error('no draft');
  const leg = legOn(ledger, draft.DraftID, 'F1');
  assert.deepEqual([leg.state, leg.serialNo], ['MATCHED', `S${held.serial}`]);
  assert.equal(outcomeOn(ledger, flowOf(drafts, held.serial)).draftId, draft.DraftID);
}

test('a registration that is withdrawn leaves the same state wherever its flow and the right one arrive in between', async (t) => {
  const places = fc.tuple(fc.nat(4), fc.nat(4), fc.boolean());
  let expected: unknown;
  await holds(t, places, async ([wrongAt, rightAt, wrongFirst]) => {
    const { ledger, drafts } = open(false);
    const [draft] = drafts;
    if (draft === undefined) throw new Error('no draft');
    const leg = planned(draft, 'F1');
    const wrong = payment(leg, 'WRONG', claimDate, { amountFen: '5' });
    const right = payment(leg, 'RIGHT', claimDate);
    const reason = '抄错';
    const withdraw = (no: 1 | 2) => async (): Promise<void> => {
      const args = {
        draftId: draft.DraftID,
        legId: 'F1',
        serialNo: 'WRONG',
        bookingDate: claimDate,
        reason,
      };
      await ledger.submit('reconciliation:withdrawRegistration', args, payerOf(leg, no));
    };
    const steps = [
      () => claim(ledger, draft, 'WRONG'),
      withdraw(1),
      withdraw(2),
      () => claim(ledger, draft, 'RIGHT'),
      () => Promise.resolve(),
    ];
    const arrive = async (flow: typeof wrong): Promise<void> => {
      await ledger.submit('reconciliation:ingest', { flow }, feedOf(flow));
    };
    for (const [at, step] of steps.entries()) {
      if (wrongAt === at && wrongFirst) await arrive(wrong);
      if (rightAt === at) await arrive(right);
      if (wrongAt === at && !wrongFirst) await arrive(wrong);
      await step();
      assertSound(ledger, drafts);
    }
    assert.equal(draftOn(ledger, draft.DraftID).Status, 'RAISING');
    const end = flowsApart(stateOf(ledger, drafts));
    expected ??= end;
    assert.deepEqual(end, expected);
  });
});

/** A flow that was bound once and one that never was differ in the word for "belongs to nothing". */
function flowsApart(state: unknown): unknown {
  return JSON.parse(JSON.stringify(state).replaceAll('\\"NO_REGISTRATION\\"', '')) as unknown;
}
