/** Property tests: any arrival order ends in the same state, money is conserved, nothing advances without an equal booked flow. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { assertConserved } from '#kernel/conservation.ts';
import type { Draft, LegProgress } from '#kernel/records/draft.ts';
import type { Flow, FlowOutcome, Registration } from '#kernel/records/reconciliation.ts';
import { flowKeyOf, splitCompositeKey } from '#kernel/records/keys.ts';
import {
  copyWorld,
  creditOf,
  draftOn,
  feedOf,
  payerOf,
  payment,
  planned,
  returnOf,
  seedDraft,
  writeDraft,
} from '../../test/drafts.ts';
import { MemoryLedger } from '../../test/memory-ledger.ts';
import { populate } from '../../test/world.ts';
import { MemberContract } from '../member/member.contract.ts';
import { ReconciliationContract } from './reconciliation.contract.ts';

const runs = Number(process.env['FC_RUNS'] ?? 500);
const contracts = [MemberContract, ReconciliationContract];
const world = new MemoryLedger(contracts);
await populate(world);

type Variant =
  | 'right'
  | 'amount'
  | 'payee'
  | 'payer'
  | 'late'
  | 'currency'
  | 'name'
  | 'unregistered'
  | 'no-flow'
  | 'nothing';
type Extra = 'duplicate' | 'sighting' | 'pending' | 'receipt' | 'full-return' | 'partial-returns';
interface LegPlan {
  readonly variant: Variant;
  readonly day: number;
  readonly extras: readonly Extra[];
}
type Event =
  | { readonly kind: 'register'; readonly legId: string; readonly date: string }
  | { readonly kind: 'flow'; readonly flow: Flow };

const legIds = ['F1', 'F2', 'B1', 'B2', 'D1', 'M1', 'M2'];
const legPlan: fc.Arbitrary<LegPlan> = fc.record({
  variant: fc.oneof(
    { weight: 12, arbitrary: fc.constant<Variant>('right') },
    {
      weight: 1,
      arbitrary: fc.constantFrom<Variant>('amount', 'payee', 'payer', 'late', 'currency', 'name'),
    },
    { weight: 1, arbitrary: fc.constantFrom<Variant>('unregistered', 'no-flow', 'nothing') },
  ),
  day: fc.integer({ min: 0, max: 2 }),
  extras: fc.uniqueArray(
    fc.constantFrom<Extra>('duplicate', 'sighting', 'pending', 'receipt', 'full-return', 'partial-returns'),
    { maxLength: 2 },
  ),
});
const scenario = fc
  .record({ legs: fc.tuple(...legIds.map(() => legPlan)), seed: fc.integer(), approved: fc.boolean() })
  .map(({ legs, seed, approved }) => ({ plan: legs, seed, approved }));

/** Days follow the order of the plan closely enough that most draws are in order and some are not. */
function dateOf(at: number, day: number): string {
  const stage = [0, 0, 1, 1, 2, 3, 3][at] ?? 0;
  return `2026-03-${String(10 + stage + day).padStart(2, '0')}`;
}

function variantOf(variant: Variant, flow: Flow): Flow {
  const other = { account: '8888888', name: '别户', bankNo: '' };
  if (variant === 'amount') return { ...flow, amountFen: String(BigInt(flow.amountFen) - 1n) };
  if (variant === 'payee') return { ...flow, payee: other };
  if (variant === 'payer') return { ...flow, account: other.account, payer: other };
  if (variant === 'currency') return { ...flow, currency: 'USD' };
  if (variant === 'name') return { ...flow, payee: { ...flow.payee, name: '改名' } };
  return flow;
}

function eventsOf(draft: Draft, plan: readonly LegPlan[]): Event[] {
  return legIds.flatMap((legId, at) => legEvents(draft, legId, at, plan[at]!));
}

function legEvents(draft: Draft, legId: string, at: number, { variant, day, extras }: LegPlan): Event[] {
  if (variant === 'nothing') return [];
  const leg = planned(draft, legId);
  const date = variant === 'late' ? '2027-06-01' : dateOf(at, day);
  const registered: Event[] = variant === 'unregistered' ? [] : [{ kind: 'register', legId, date }];
  if (variant === 'no-flow') return registered;
  const flow = variantOf(variant, payment(leg, `S-${legId}`, date));
  const flows: Flow[] = [flow];
  if (extras.includes('duplicate')) flows.push({ ...flow, rawHash: 'e'.repeat(64) });
  if (extras.includes('sighting')) flows.push({ ...flow, purpose: '拨款' });
  if (extras.includes('pending')) flows.push({ ...flow, status: 'PDNG' });
  if (extras.includes('receipt'))
    flows.push(creditOf(leg, `C-${legId}`, date, day === 0 ? '' : `${draft.DraftID}/${legId}`));
  const returned = date < '2027' ? '2026-04-01' : '2027-07-01';
  if (extras.includes('full-return')) flows.push(returnOf(flow, `R-${legId}`, returned));
  else if (extras.includes('partial-returns')) {
    flows.push(returnOf(flow, `R1-${legId}`, returned, '3'), returnOf(flow, `R2-${legId}`, returned, '4'));
  }
  return [...registered, ...flows.map((one) => ({ kind: 'flow' as const, flow: one }))];
}

function open(approved: boolean): { ledger: MemoryLedger; draft: Draft } {
  const ledger = new MemoryLedger(contracts);
  copyWorld(world, ledger);
  const draft = seedDraft(ledger);
  if (approved) {
    draft.milestonesAccepted = [1, 2];
    const act = { by: 'imp.1', orgId: 'imp', at: '2026-03-02T01:00:00.000Z', txId: 'tx' };
    draft.redemptions = ['M1', 'M2'].map((legId, at) => ({
      ...{ rid: `${legId}.1`, milestoneNo: at + 1, legId, amountFen: planned(draft, legId).amountFen },
      ...{ state: 'APPROVED' as const, requested: act, checked: act, approved: act, refused: null },
      ...{ reasonCode: null, opinion: '' },
    }));
    writeDraft(ledger, draft);
  }
  return { ledger, draft };
}

async function play(ledger: MemoryLedger, draft: Draft, event: Event): Promise<void> {
  if (event.kind === 'flow') {
    await ledger.submit('reconciliation:ingest', { flow: event.flow }, feedOf(event.flow));
    return;
  }
  const { legId, date } = event;
  const args = { draftId: draft.DraftID, legId, serialNo: `S-${legId}`, bookingDate: date };
  await ledger.submit('reconciliation:register', args, payerOf(planned(draft, legId)));
}

function shuffled<T>(items: readonly T[], seed: number): T[] {
  let state = seed >>> 0;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return items
    .map((item) => ({ item, rank: next() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}

function legView({ legId, state, matchedFen, serialNo, bookingDate, flowKey, checks }: LegProgress): unknown {
  return { legId, state, matchedFen, serialNo, bookingDate, flowKey, checks };
}

function flowView(outcome: FlowOutcome): unknown {
  const { ingested: _ingested, decided: _decided, sightingHashes: _hashes, ...rest } = outcome;
  return { ...rest, resultCodes: [...rest.resultCodes].sort() };
}

function registrationView({ draftId, legId, state, flowKey }: Registration): unknown {
  return { draftId, legId, state, flowKey };
}

/** Everything that must not depend on the order: acts, times and transaction ids are left out. */
function stateOf(ledger: MemoryLedger, draftId: string): unknown {
  const draft = draftOn(ledger, draftId);
  const path = draft.ActualPath.map(
    ({ legId, kind, flowKey, ActualAmount }) => `${legId} ${kind} ${flowKey} ${ActualAmount}`,
  );
  const records = [...ledger.state].map(([key, text]) => ({ type: splitCompositeKey(key)?.type, key, text }));
  const of = (type: string): { key: string; text: string }[] => records.filter((one) => one.type === type);
  return {
    status: [draft.Status, draft.circulation, draft.holderOrgId],
    redemptions: draft.redemptions.map((one) => one.state),
    legs: draft.legs.map(legView),
    path: path.sort(),
    flows: of('FLOWSTATE')
      .map(({ text }) => JSON.stringify(flowView(JSON.parse(text) as FlowOutcome)))
      .sort(),
    registrations: of('REG')
      .map(({ text }) => JSON.stringify(registrationView(JSON.parse(text) as Registration)))
      .sort(),
    claims: of('CLAIM')
      .map(({ key, text }) => key + text)
      .sort(),
    allocations: of('ALLOC')
      .map(({ key, text }) => key + text)
      .sort(),
  };
}

/** Each payment on the path has its own booked flow of that amount and those accounts, and each flow pays one leg at most. */
function assertBacked(ledger: MemoryLedger, draft: Draft): void {
  assertConserved(draft);
  const used = new Set<string>();
  for (const entry of draft.ActualPath.filter(({ kind }) => kind === 'payment')) {
    assert.ok(!used.has(entry.flowKey), 'a flow pays once');
    used.add(entry.flowKey);
    const leg = planned(draft, entry.legId);
    const flow = ledger.record('FLOW', entry.flowKey.split('~'));
    const outcome = ledger.record('FLOWSTATE', entry.flowKey.split('~'));
    assert.equal(outcome?.status, 'BOOK');
    assert.deepEqual(
      [flow?.amountFen, flow?.account, flow?.payee.account, flow?.currency, flow?.direction],
      [leg.amountFen, leg.payer.account, leg.payee.account, 'CNY', 'DBIT'],
    );
  }
  for (const leg of draft.legs) {
    if (leg.state === 'MATCHED') assert.ok(leg.flowKey !== null && used.has(leg.flowKey));
  }
}

test('every arrival order ends in the same legs, flows, registrations and draft', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ plan, seed, approved }) => {
      const first = open(approved);
      const second = open(approved);
      const events = eventsOf(first.draft, plan);
      for (const event of events) await play(first.ledger, first.draft, event);
      for (const event of shuffled(events, seed)) await play(second.ledger, second.draft, event);
      assert.deepEqual(
        stateOf(second.ledger, second.draft.DraftID),
        stateOf(first.ledger, first.draft.DraftID),
      );
    }),
    { numRuns: runs },
  );
});

test('after every single event money is conserved and backed by equal booked flows; a replay changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ plan, seed, approved }) => {
      const { ledger, draft } = open(approved);
      const events = shuffled(eventsOf(draft, plan), seed);
      for (const event of events) {
        await play(ledger, draft, event);
        assertBacked(ledger, draftOn(ledger, draft.DraftID));
      }
      const before = stateOf(ledger, draft.DraftID);
      for (const event of events) await play(ledger, draft, event);
      assert.deepEqual(stateOf(ledger, draft.DraftID), before);
    }),
    { numRuns: Math.ceil(runs / 2) },
  );
});

test('flow keys of the generated world are distinct per leg', () => {
  const { draft } = open(false);
  const keys = legIds.map((legId) => flowKeyOf(payment(planned(draft, legId), `S-${legId}`, '2026-03-10')));
  assert.equal(new Set(keys).size, legIds.length);
});
