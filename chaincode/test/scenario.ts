/** Random histories of payments on the legs of drafts, how they are played, and what must hold of the ledger afterwards. */
import type { TestContext } from 'node:test';
import fc from 'fast-check';
import { splitCompositeKey } from '#kernel/records/keys.ts';
import type { Draft, LegProgress } from '#kernel/records/draft.ts';
import type { Flow, FlowOutcome, Part, Registration } from '#kernel/records/reconciliation.ts';
import { MemberContract } from '../src/member/member.contract.ts';
import { ReconciliationContract } from '../src/reconciliation/reconciliation.contract.ts';
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
} from './drafts.ts';
import { MemoryLedger } from './memory-ledger.ts';
import { populate } from './world.ts';

const contracts = [MemberContract, ReconciliationContract];
const world = new MemoryLedger(contracts);
await populate(world);

/** Runs of each property: few in every test run, `FC_RUNS` in the long one. */
const runs = Number(process.env['FC_RUNS'] ?? 500);

/** The seed of every property; unset, each run draws its own and prints it when it fails. */
const seed = process.env['FC_SEED'] === undefined ? {} : { seed: Number(process.env['FC_SEED']) };

/** Longest time of one property, ms; unset in every ordinary run. */
const longest =
  process.env['FC_SECONDS'] === undefined ? undefined : Number(process.env['FC_SECONDS']) * 1000;

/** Holds a property for so many random values, and tells how many they were. */
export async function holds<T>(
  t: Pick<TestContext, 'diagnostic'>,
  values: fc.Arbitrary<T>,
  check: (value: T) => Promise<void>,
): Promise<void> {
  let count = 0;
  const property = fc.asyncProperty(values, async (value) => {
    count += 1;
    await check(value);
  });
  const limit = longest === undefined ? {} : { interruptAfterTimeLimit: longest };
  await fc.assert(property, { numRuns: runs, ...seed, ...limit });
  t.diagnostic(`${count} runs`);
}

/** What is wrong with the payment of a leg. */
export type Variant =
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
/** What else the bank sends about it. */
export type Extra = 'duplicate' | 'sighting' | 'pending' | 'receipt' | 'full-return' | 'partial-returns';
/** How one leg is paid. */
export interface LegPlan {
  readonly variant: Variant;
  readonly day: number;
  readonly extras: readonly Extra[];
}
/** One thing that happens: a payer registers, or a bank reports. */
export type Event =
  | {
      readonly kind: 'register';
      readonly draftId: string;
      readonly legId: string;
      readonly serialNo: string;
      readonly date: string;
      readonly parts?: readonly Part[];
      readonly subIndex?: number;
    }
  | { readonly kind: 'flow'; readonly flow: Flow };

/** The legs of a seeded draft, in the order of its plan. */
export const legIds = ['F1', 'F2', 'B1', 'B2', 'D1', 'M1', 'M2'];
/** One leg's plan at random, right more often than not. */
export const legPlan: fc.Arbitrary<LegPlan> = fc.record({
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
/** A plan for every leg of one draft, a seed for the order, and whether its milestones may be paid. */
export const scenario = fc
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

/** Everything that happens on a draft by its plan. */
export function eventsOf(draft: Draft, plan: readonly LegPlan[]): Event[] {
  return legIds.flatMap((legId, at) => {
    const own = plan[at];
    return own === undefined ? [] : legEvents(draft, legId, { plan: own, date: dateOf(at, own.day) });
  });
}

/** Everything that happens on one leg. */
export function legEvents(draft: Draft, legId: string, given: { plan: LegPlan; date: string }): Event[] {
  const { variant, day, extras } = given.plan;
  if (variant === 'nothing') return [];
  const leg = planned(draft, legId);
  const date = variant === 'late' ? '2027-06-01' : given.date;
  const serialNo = `S-${legId}`;
  const register: Event = { kind: 'register', draftId: draft.DraftID, legId, serialNo, date };
  const registered = variant === 'unregistered' ? [] : [register];
  if (variant === 'no-flow') return registered;
  const flow = variantOf(variant, payment(leg, serialNo, date));
  const flows: Flow[] = [flow];
  if (extras.includes('duplicate')) flows.push({ ...flow, rawHash: 'e'.repeat(64) });
  if (extras.includes('sighting')) flows.push({ ...flow, purpose: '拨款' });
  if (extras.includes('pending')) flows.push({ ...flow, status: 'PDNG' });
  if (extras.includes('receipt'))
    flows.push(creditOf(leg, `C-${legId}`, date, day === 0 ? '' : `${draft.DraftID}/${legId}`));
  return [...registered, ...[...flows, ...returnsOf(flow, legId, extras)].map(flowEvent)];
}

/** The event of a bank's report. */
export function flowEvent(flow: Flow): Event {
  return { kind: 'flow', flow };
}

function returnsOf(flow: Flow, legId: string, extras: readonly Extra[]): Flow[] {
  const date = flow.bookingDate < '2027' ? '2026-04-01' : '2027-07-01';
  if (extras.includes('full-return')) return [returnOf(flow, `R-${legId}`, date)];
  if (!extras.includes('partial-returns')) return [];
  return [returnOf(flow, `R1-${legId}`, date, '3'), returnOf(flow, `R2-${legId}`, date, '4')];
}

/** A ledger with so many drafts; where approved, their milestones may be paid. */
export function open(approved: boolean, drafts = 1): { ledger: MemoryLedger; drafts: Draft[] } {
  const ledger = new MemoryLedger(contracts);
  copyWorld(world, ledger);
  const seeded = Array.from({ length: drafts }, (_, at) => seedDraft(ledger, { serial: at + 1 }));
  if (approved) for (const draft of seeded) approve(ledger, draft);
  return { ledger, drafts: seeded };
}

function approve(ledger: MemoryLedger, draft: Draft): void {
  draft.milestonesAccepted = [1, 2];
  const act = { by: 'imp.1', orgId: 'imp', at: '2026-03-02T01:00:00.000Z', txId: 'tx' };
  draft.redemptions = ['M1', 'M2'].map((legId, at) => ({
    ...{ rid: `${legId}.1`, milestoneNo: at + 1, legId, amountFen: planned(draft, legId).amountFen },
    ...{ state: 'APPROVED' as const, requested: act, checked: act, approved: act, refused: null },
    ...{ reasonCode: null, opinion: '' },
  }));
  writeDraft(ledger, draft);
}

/** Lets an event happen, under a request id of its own unless given. @returns the types of the records it wrote */
export async function play(ledger: MemoryLedger, event: Event, requestId?: string): Promise<string[]> {
  const request = requestId === undefined ? {} : { requestId };
  if (event.kind === 'flow') {
    const { flow } = event;
    return typesOf(await ledger.submit('reconciliation:ingest', { ...request, flow }, feedOf(flow)));
  }
  const { kind: _kind, date, ...rest } = event;
  const payer = payerOf(planned(draftOn(ledger, event.draftId), event.legId));
  const args = { ...request, ...rest, bookingDate: date };
  return typesOf(await ledger.submit('reconciliation:register', args, payer));
}

function typesOf({ writes }: { readonly writes: ReadonlyMap<string, string> }): string[] {
  return [...new Set([...writes.keys()].map((key) => splitCompositeKey(key)?.type ?? ''))].sort();
}

/** The same things in an order that the seed chooses. */
export function shuffled<T>(items: readonly T[], seed: number): T[] {
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

/** Every order of a few things. */
export function* permutations<T>(items: readonly T[]): Generator<T[]> {
  if (items.length <= 1) yield [...items];
  for (const [at, first] of items.entries()) {
    if (items.length <= 1) return;
    for (const rest of permutations(items.toSpliced(at, 1))) yield [first, ...rest];
  }
}

function legView(progress: LegProgress): unknown {
  const { legId, state, matchedFen, serialNo, bookingDate, flowKey, checks, share, subIndex } = progress;
  return { legId, state, matchedFen, serialNo, bookingDate, flowKey, checks, share, subIndex };
}

function flowView(outcome: FlowOutcome): unknown {
  const { ingested: _ingested, decided: _decided, sightingHashes: _hashes, ...rest } = outcome;
  return { ...rest, resultCodes: [...rest.resultCodes].sort() };
}

function registrationView({ draftId, legId, state, flowKey }: Registration): unknown {
  return { draftId, legId, state, flowKey };
}

/** Everything that must not depend on the order: acts, times, transaction ids and alerts are left out. */
export function stateOf(ledger: MemoryLedger, drafts: readonly Draft[]): unknown {
  const records = [...ledger.state]
    .filter(([key, text]) => world.state.get(key) !== text)
    .map(([key, text]) => ({ type: splitCompositeKey(key)?.type, key, text }));
  const of = (type: string, view: (record: never) => unknown = (record) => record): string[] =>
    records
      .filter((one) => one.type === type)
      .map(({ key, text }) => key + JSON.stringify(view(JSON.parse(text) as never)))
      .sort();
  return {
    drafts: drafts.map(({ DraftID }) => draftView(draftOn(ledger, DraftID))),
    flows: of('FLOWSTATE', flowView),
    registrations: of('REG', registrationView),
    claims: of('CLAIM'),
    allocations: of('ALLOC'),
  };
}

function draftView(draft: Draft): unknown {
  const path = draft.ActualPath.map(
    ({ legId, kind, flowKey, ActualAmount }) => `${legId} ${kind} ${flowKey} ${ActualAmount}`,
  );
  return {
    status: [draft.Status, draft.circulation, draft.holderOrgId],
    redemptions: draft.redemptions.map((one) => one.state),
    legs: draft.legs.map(legView),
    path: path.sort(),
  };
}
