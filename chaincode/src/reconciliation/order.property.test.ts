/** Property tests: any arrival order of registrations, flows, repeats, sightings and returns ends in the same state. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Draft } from '#kernel/records/draft.ts';
import { flowKeyOf } from '#kernel/records/keys.ts';
import type { Part } from '#kernel/records/reconciliation.ts';
import { payment, planned, returnOf } from '../../test/drafts.ts';
import {
  eventsOf,
  flowEvent,
  legEvents,
  legIds,
  open,
  permutations,
  play,
  holds,
  scenario,
  shuffled,
  stateOf,
} from '../../test/scenario.ts';
import { assertSound } from '../../test/soundness.ts';
import type { Event, Extra, Variant } from '../../test/scenario.ts';

test('every arrival order ends in the same legs, flows, registrations and draft', async (t) => {
  await holds(t, scenario, async ({ plan, seed, approved }) => {
    const [first, second] = [open(approved), open(approved)];
    const events = first.drafts.flatMap((draft) => eventsOf(draft, plan));
    for (const event of events) await play(first.ledger, event);
    for (const event of shuffled(events, seed)) await play(second.ledger, event);
    assert.deepEqual(stateOf(second.ledger, second.drafts), stateOf(first.ledger, first.drafts));
  });
});

const variants: readonly Variant[] = ['right', 'amount', 'payer', 'late', 'unregistered'];
const extras: readonly (readonly Extra[])[] = [
  ['duplicate', 'sighting', 'full-return'],
  ['pending', 'partial-returns'],
];

test('one leg: all orders of registration, flow, repeat, sighting, return and booking, for every fault', async () => {
  for (const variant of variants) {
    for (const some of extras) await inEveryOrder((draft) => legEvents(draft, 'F1', leg(variant, some)));
  }
});

test('two legs of which one depends on the other: all orders, in order, on the same day and too early', async () => {
  for (const date of ['2026-03-11', '2026-03-10', '2026-03-09']) {
    await inEveryOrder((draft) => [
      ...['F1', 'F2'].flatMap((legId) => legEvents(draft, legId, leg('right', []))),
      ...legEvents(draft, 'B1', { ...leg('right', []), date }),
    ]);
  }
});

function leg(variant: Variant, some: readonly Extra[]): Parameters<typeof legEvents>[2] {
  return { plan: { variant, day: 0, extras: some }, date: '2026-03-10' };
}

async function inEveryOrder(eventsFor: (draft: Draft) => Event[]): Promise<void> {
  let expected: unknown;
  for (const order of permutations(eventsFor(open(false).drafts[0] as Draft))) {
    const { ledger, drafts } = open(false);
    for (const event of order) await play(ledger, event);
    assertSound(ledger, drafts);
    expected ??= stateOf(ledger, drafts);
    assert.deepEqual(stateOf(ledger, drafts), expected);
  }
}

/** How the same leg of two drafts is paid together: by one transfer with a list, or by a batch of two. */
const together = fc.record({
  legId: fc.constantFrom('F1', 'F2', 'B1', 'D1'),
  how: fc.constantFrom('list', 'batch'),
  wrongFen: fc.constantFrom(0n, 0n, 0n, 1n, -1n),
  returned: fc.constantFrom('none', 'whole', 'in-two'),
});
type Together = typeof together extends fc.Arbitrary<infer T> ? T : never;

test('transfers for several legs, batches and their returns: every arrival order ends in the same state, and is sound', async (t) => {
  const plans = fc.record({
    shared: fc.uniqueArray(together, { minLength: 1, maxLength: 4, selector: (one) => one.legId }),
    seeds: fc.tuple(fc.integer(), fc.integer()),
  });
  await holds(t, plans, async ({ shared, seeds }) => {
    const [first, second] = [open(false, 2), open(false, 2)];
    const events = shared.flatMap((one) => sharedEvents(first.drafts, one));
    for (const event of shuffled(events, seeds[0])) {
      await play(first.ledger, event);
      assertSound(first.ledger, first.drafts);
    }
    for (const event of shuffled(events, seeds[1])) await play(second.ledger, event);
    assert.deepEqual(stateOf(second.ledger, second.drafts), stateOf(first.ledger, first.drafts));
  });
});

function sharedEvents(drafts: readonly Draft[], plan: Together): Event[] {
  const { legId, how, wrongFen, returned } = plan;
  const date = `2026-03-1${legIds.indexOf(legId)}`;
  const serialNo = `T-${legId}`;
  const parts = drafts.map((draft): Part => ({
    draftId: draft.DraftID,
    legId,
    amountFen: planned(draft, legId).amountFen,
  }));
  const total = String(parts.reduce((sum, part) => sum + BigInt(part.amountFen), 0n) + wrongFen);
  const [draft] = drafts;
  if (draft === undefined) return [];
  const whole = payment(planned(draft, legId), serialNo, date, { amountFen: total });
  const register: Event = { kind: 'register', draftId: draft.DraftID, legId, serialNo, date };
  if (how === 'batch') {
    const line = flowEvent({ ...whole, batch: true });
    return [
      line,
      ...drafts.flatMap((one, at): Event[] => [
        { ...register, draftId: one.DraftID, subIndex: at + 1 },
        flowEvent(payment(planned(one, legId), serialNo, date, { subIndex: at + 1 })),
      ]),
    ];
  }
  const backs =
    returned === 'none'
      ? []
      : returned === 'whole'
        ? [returnOf(whole, `R-${legId}`, '2026-04-01')]
        : [
            returnOf(whole, `R1-${legId}`, '2026-04-01', '7'),
            returnOf(whole, `R2-${legId}`, '2026-04-02', String(BigInt(total) - 7n)),
          ];
  return [{ ...register, parts }, ...[whole, ...backs].map(flowEvent)];
}

test('flow keys of the generated world are distinct per leg', () => {
  const [draft] = open(false).drafts;
  if (draft === undefined) throw new Error('no draft');
  const keys = legIds.map((legId) => flowKeyOf(payment(planned(draft, legId), `S-${legId}`, '2026-03-10')));
  assert.equal(new Set(keys).size, legIds.length);
});
