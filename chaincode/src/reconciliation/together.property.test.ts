/** Property tests: flows that one transaction takes in together leave what they leave when each comes alone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { DomainEvent } from '#kernel/records/events.ts';
import type { DecisionReplies, DecisionReply, Flow } from '#kernel/records/reconciliation.ts';
import { feedOf } from '../../test/drafts.ts';
import type { MemoryLedger } from '../../test/memory-ledger.ts';
import { eventsOf, holds, open, play, scenario, shuffled } from '../../test/scenario.ts';
import type { Event } from '../../test/scenario.ts';
import { sharedEvents, together } from '../../test/shared-legs.ts';
import { assertSound } from '../../test/soundness.ts';

/** A registration, or flows of one bank that arrive together. */
type Arrival = Exclude<Event, { kind: 'flow' }> | { readonly kind: 'flows'; readonly flows: readonly Flow[] };

/** What was answered and told, and everything that was written. */
interface Left {
  readonly replies: DecisionReply[];
  readonly events: DomainEvent[];
  readonly records: Readonly<Record<string, string>>;
}

const plans = fc.record({
  one: scenario,
  shared: fc.uniqueArray(together, { maxLength: 2, selector: (one) => one.legId }),
  /** Of every so many flows one is told with another amount, too. */
  conflictOneIn: fc.integer({ min: 1, max: 9 }),
  sizes: fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 8 }),
});

test('a transaction of several flows leaves the records, answers and events of the same flows one by one', async (t) => {
  await holds(t, plans, async ({ one: { plan, seed, approved }, shared, conflictOneIn, sizes }) => {
    const [alone, joined] = [open(approved, 3), open(approved, 3)];
    const [single, ...pair] = alone.drafts;
    if (single === undefined) throw new Error('no draft');
    const all = [...eventsOf(single, plan), ...shared.flatMap((one) => sharedEvents(pair, one))];
    const arrivals = arrivalsOf(shuffled([...all, ...conflictsOf(all, conflictOneIn)], seed), sizes);
    const expected = await played(alone.ledger, arrivals, oneByOne);
    const found = await played(joined.ledger, arrivals, inOne);
    assert.deepEqual(found, expected);
    assertSound(joined.ledger, joined.drafts);
  });
});

test('a request is the same request alone, in one transaction with others, and in another one', async (t) => {
  await holds(t, plans, async ({ one: { plan, seed, approved }, sizes }) => {
    const { ledger, drafts } = open(approved);
    const events = shuffled(
      drafts.flatMap((draft) => eventsOf(draft, plan)),
      seed,
    );
    const arrivals = arrivalsOf(events, sizes);
    const { replies } = await played(ledger, arrivals, inOne);
    const before = new Map(ledger.state);
    const again = await played(ledger, arrivals, oneByOne);
    const others = await played(ledger, arrivals, inOne);
    assert.deepEqual([again.replies, others.replies], [replies, replies]);
    assert.deepEqual([...again.events, ...others.events], []);
    assert.deepEqual(new Map(ledger.state), before);
  });
});

/** The same bank keys with other content. */
function conflictsOf(events: readonly Event[], oneIn: number): Event[] {
  const flows = events.flatMap((event) => (event.kind === 'flow' ? [event.flow] : []));
  return flows
    .filter((_, at) => at % oneIn === 0)
    .map((flow) => ({ kind: 'flow', flow: { ...flow, amountFen: String(BigInt(flow.amountFen) + 1n) } }));
}

/** Cuts the course of events into stretches, in each of which what a bank reports comes together. */
function arrivalsOf(events: readonly Event[], sizes: readonly number[]): Arrival[] {
  const arrivals: Arrival[] = [];
  let rest = [...events];
  for (let at = 0; rest.length > 0; at += 1) {
    const stretch = rest.slice(0, sizes[at % sizes.length]);
    rest = rest.slice(stretch.length);
    const flows = stretch.flatMap((event) => (event.kind === 'flow' ? [event.flow] : []));
    for (const event of stretch) if (event.kind === 'register') arrivals.push(event);
    for (const bankId of new Set(flows.map((flow) => flow.bankId)))
      arrivals.push({ kind: 'flows', flows: flows.filter((flow) => flow.bankId === bankId) });
  }
  return arrivals;
}

type Bring = (
  ledger: MemoryLedger,
  entries: readonly { requestId: string; flow: Flow }[],
  left: Left,
) => Promise<void>;

const oneByOne: Bring = async (ledger, entries, left) => {
  for (const entry of entries) {
    const { result, events } = await ledger.submit<DecisionReply>(
      'reconciliation:ingest',
      entry,
      feedOf(entry.flow),
    );
    left.replies.push(result);
    left.events.push(...events);
  }
};

const inOne: Bring = async (ledger, entries, left) => {
  const [first] = entries;
  if (first === undefined) return;
  const { result, events } = await ledger.submit<DecisionReplies>(
    'reconciliation:ingestAll',
    { entries },
    feedOf(first.flow),
  );
  left.replies.push(...result.replies);
  left.events.push(...events);
};

async function played(ledger: MemoryLedger, arrivals: readonly Arrival[], bring: Bring): Promise<Left> {
  const left: Left = { replies: [], events: [], records: {} };
  for (const [at, arrival] of arrivals.entries()) {
    if (arrival.kind === 'register') await play(ledger, arrival, `register-once-${at}`);
    else {
      const entries = arrival.flows.map((flow, nth) => ({ requestId: `ingest-${at}-${nth}`, flow }));
      await bring(ledger, entries, left);
    }
  }
  return { ...left, records: recordsOf(ledger) };
}

/** All records, without what differs from transaction to transaction. */
function recordsOf({ state }: MemoryLedger): Record<string, string> {
  return Object.fromEntries(
    [...state].map(([key, text]) => [
      key.replaceAll('\0', ' '),
      text.replaceAll(/"txId":"[^"]*"/g, '"txId":""').replaceAll(/"at":"[^"]*"/g, '"at":""'),
    ]),
  );
}
