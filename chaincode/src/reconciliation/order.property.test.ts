/** Property tests: any arrival order of registrations, flows, repeats, sightings and returns ends in the same state. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Draft } from '#kernel/records/draft.ts';
import { flowKeyOf } from '#kernel/records/keys.ts';
import { payment, planned } from '../../test/drafts.ts';
import {
  eventsOf,
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
import { sharedEvents, together } from '../../test/shared-legs.ts';
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

test('flow keys of the generated world are distinct per leg', () => {
  const [draft] = open(false).drafts;
  if (draft === undefined) throw new Error('no draft');
  const keys = legIds.map((legId) => flowKeyOf(payment(planned(draft, legId), `S-${legId}`, '2026-03-10')));
  assert.equal(new Set(keys).size, legIds.length);
});
