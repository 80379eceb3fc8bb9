/** What happens to the drafts of a run, and what must have come of it: made by dice, never asked of the platform. */
import { seedDraft } from '../../chaincode/test/drafts.ts';
import { person } from '../../chaincode/test/world.ts';
import type { OrgId } from '../../chaincode/test/world.ts';
import type { Draft, Leg, LegState } from '#kernel/records/draft.ts';
import type { FlowState } from '#kernel/records/reconciliation.ts';

/** An entry as a bank sends it. */
export interface Entry {
  readonly serialNo: string;
  readonly direction: 'DBIT' | 'CRDT';
  readonly amountFen: string;
  readonly payer: { readonly account: string; readonly name: string; readonly bankNo: string };
  readonly payee: { readonly account: string; readonly name: string; readonly bankNo: string };
  readonly [field: string]: unknown;
}

/** Something that somebody does; `after` must have been answered before. */
export type Deed =
  | {
      readonly kind: 'push';
      readonly bankId: string;
      readonly entries: readonly Entry[];
      readonly after?: Deed;
    }
  | { readonly kind: 'register'; readonly userId: string; readonly args: RegisterArgs };

/** Arguments of a registration. */
export interface RegisterArgs {
  readonly requestId: string;
  readonly draftId: string;
  readonly legId: string;
  readonly serialNo: string;
  readonly bookingDate: string;
}

/** What must stand in the end of a leg. */
export interface LegTruth {
  readonly draftId: string;
  readonly legId: string;
  readonly scenario: string;
  /** The flow that was to pay it. */
  readonly flowKey: string;
  readonly state: LegState;
  readonly matchedFen: bigint;
  /** Rules of the alerts that must name this leg or its flow; others may. */
  readonly alerts: readonly string[];
}

/** What must stand in the end of a flow; `amountFen` is what the bank said first. */
export interface FlowTruth {
  readonly flowKey: string;
  readonly state: FlowState;
  readonly amountFen: bigint;
  readonly scenario: string;
}

/** A whole run's story. */
export interface Story {
  readonly drafts: readonly Draft[];
  readonly deeds: readonly Deed[];
  readonly legs: readonly LegTruth[];
  readonly flows: readonly FlowTruth[];
}

/** Records to be put into the ledger before the run. */
export type Records = Map<string, string>;

type Dice = (below: number) => number;
type Scenario =
  'clean' | 'amount' | 'payee' | 'unregistered' | 'unbooked' | 'returned' | 'conflict' | 'late' | 'untouched';

const paidOn = '2026-03-03';
const lateOn = '2026-06-30';
const contributions: readonly Scenario[] = [
  ...Array.from({ length: 12 }, () => 'clean' as const),
  ...(['amount', 'payee', 'unregistered', 'unbooked', 'returned', 'conflict', 'late'] as const),
];
const entriesPerMessage = 5;

/** Makes drafts and what happens to them until there are `flows` flows. @param records is filled with the drafts */
export function makeStory(dice: Dice, flows: number, records: Records): Story {
  const drafts: Draft[] = [];
  const registers: Deed[] = [];
  const pushes: { readonly bankId: string; readonly entry: Entry }[] = [];
  const chained: Deed[] = [];
  const legs: LegTruth[] = [];
  const flowTruths: FlowTruth[] = [];
  while (flowTruths.length < flows) {
    const draft = seedDraft({ state: records }, { serial: drafts.length + 1 });
    drafts.push(draft);
    const proven = new Set<string>();
    const allClean = dice(2) === 0;
    for (const leg of draft.PlanPath) {
      const scenario = scenarioOf(leg, allClean, dice);
      const told = tell({ draft, leg, scenario, proven, dice, number: flowTruths.length });
      if (told.provenFirst) proven.add(leg.legId);
      registers.push(...told.registers);
      pushes.push(...told.pushes);
      chained.push(...told.chained);
      legs.push(told.leg);
      flowTruths.push(...told.flows);
    }
  }
  const deeds = shuffled([...registers, ...messagesOf(shuffled(pushes, dice), dice), ...chained], dice);
  return { drafts, deeds, legs, flows: flowTruths };
}

function scenarioOf(leg: Leg, allClean: boolean, dice: Dice): Scenario {
  if (leg.kind === 'M') return 'untouched';
  if (allClean) return 'clean';
  if (leg.kind === 'D') return dice(2) === 0 ? 'clean' : 'untouched';
  const scenario = contributions[dice(contributions.length)] ?? 'clean';
  // Paid too early and late, or too early and returned, would be two faults; one is enough to tell.
  return leg.dependsOn.length > 0 && (scenario === 'late' || scenario === 'returned') ? 'amount' : scenario;
}

interface Telling {
  readonly draft: Draft;
  readonly leg: Leg;
  readonly scenario: Scenario;
  /** Legs that were proven paid at least once. */
  readonly proven: ReadonlySet<string>;
  readonly dice: Dice;
  readonly number: number;
}

interface Told {
  readonly leg: LegTruth;
  readonly flows: FlowTruth[];
  readonly registers: Deed[];
  readonly pushes: { bankId: string; entry: Entry }[];
  readonly chained: Deed[];
  readonly provenFirst: boolean;
}

function tell(telling: Telling): Told {
  const { draft, leg, scenario, proven, dice, number } = telling;
  const serialNo = `S${String(number).padStart(7, '0')}${leg.legId}`;
  const bookingDate = scenario === 'late' ? lateOn : paidOn;
  const identity = { draftId: draft.DraftID, legId: leg.legId };
  const paid = entryOf(leg, { serialNo, bookingDate });
  const args = { requestId: `register-${serialNo}`, ...identity, serialNo, bookingDate };
  const register: Deed = { kind: 'register', userId: person(leg.payer.orgId as OrgId, 1).userId, args };
  const { bankId } = leg.payer;
  const waits = leg.dependsOn.some((id) => !proven.has(id));
  const good = waits ? 'WAITING_PREDECESSOR' : 'MATCHED';
  const amount = BigInt(leg.amountFen);
  const flow = (state: FlowState, entry: Entry = paid): FlowTruth => ({
    ...{ flowKey: keyOf(leg, entry, bookingDate), state, scenario },
    amountFen: BigInt(entry.amountFen),
  });
  const end = (state: LegState, more: Partial<LegTruth> = {}): LegTruth => ({
    ...{
      ...identity,
      scenario,
      state,
      flowKey: keyOf(leg, paid, bookingDate),
      alerts: [],
      matchedFen: state === 'MATCHED' ? amount : 0n,
    },
    ...more,
  });
  const told = (leg: LegTruth, flows: FlowTruth[], rest: Partial<Told> = {}): Told => ({
    ...{ leg, flows, registers: [register], chained: [], provenFirst: false },
    pushes: [{ bankId, entry: paid }],
    ...rest,
  });
  switch (scenario) {
    case 'untouched':
      return told(end('OPEN'), [], { registers: [], pushes: [] });
    case 'clean': {
      const again = dice(4) === 0 ? [{ bankId, entry: paid }] : [];
      const credit = dice(3) === 0 ? [creditOf(draft.DraftID, leg, { serialNo, bookingDate })] : [];
      return told(
        end(good),
        [flow(good), ...credit.map((entry) => receipt(leg, entry, bookingDate, scenario))],
        {
          pushes: [
            { bankId, entry: paid },
            ...again,
            ...credit.map((entry) => ({ bankId: leg.payee.bankId, entry })),
          ],
          provenFirst: !waits,
        },
      );
    }
    case 'amount': {
      const other = { ...paid, amountFen: String(amount + BigInt(1 + dice(1000))) };
      return told(end('MISMATCH', { alerts: ['A01'] }), [flow('MISMATCH', other)], {
        pushes: [{ bankId, entry: other }],
      });
    }
    case 'payee': {
      const other = { ...paid, payee: { account: '6200000000000000', name: '', bankNo: '' } };
      return told(end('MISMATCH', { alerts: ['A03'] }), [flow('MISMATCH', other)], {
        pushes: [{ bankId, entry: other }],
      });
    }
    case 'late':
      return told(end('MISMATCH', { alerts: ['A04'] }), [flow('MISMATCH')]);
    case 'unregistered':
      return told(end('OPEN', { alerts: ['A06'] }), [flow('WAITING')], { registers: [] });
    case 'unbooked':
      return told(end('REGISTERED', { alerts: ['A05'] }), [], { pushes: [] });
    case 'returned': {
      const back = returnOf(leg, paid, `R${serialNo}`);
      const returned = {
        flowKey: keyOf(leg, back, bookingDate),
        state: 'RETURN' as const,
        scenario,
        amountFen: amount,
      };
      return told(end('RETURNED', { alerts: ['A09'] }), [flow('RETURNED'), returned], {
        pushes: [
          { bankId, entry: paid },
          { bankId, entry: back },
        ],
        provenFirst: !waits,
      });
    }
    case 'conflict': {
      const first: Deed = { kind: 'push', bankId, entries: [paid] };
      const other = { ...paid, amountFen: String(amount + 1n) };
      const second: Deed = { kind: 'push', bankId, entries: [other], after: first };
      return told(end(good, { alerts: ['A07'] }), [flow(good)], {
        ...{ pushes: [], chained: [first, second], provenFirst: !waits },
      });
    }
  }
}

function entryOf(leg: Leg, { serialNo, bookingDate }: { serialNo: string; bookingDate: string }): Entry {
  const party = ({ account, name, bankNo }: Leg['payer']): Entry['payer'] => ({ account, name, bankNo });
  return {
    serialNo,
    bookingDate,
    txTime: `${bookingDate}T10:00:00+08:00`,
    ...{ direction: 'DBIT', status: 'BOOK', currency: 'CNY', amountFen: leg.amountFen },
    payer: party(leg.payer),
    payee: party(leg.payee),
  };
}

function creditOf(
  draftId: string,
  leg: Leg,
  { serialNo, bookingDate }: { serialNo: string; bookingDate: string },
): Entry {
  const credit = entryOf(leg, { serialNo: `C${serialNo}`, bookingDate });
  // Drafts of one fund pay equal amounts between the same accounts on one day; the reference tells them apart.
  return { ...credit, direction: 'CRDT', reference: `${draftId}/${leg.legId}` };
}

function returnOf(leg: Leg, paid: Entry, serialNo: string): Entry {
  const back = {
    ...paid,
    serialNo,
    direction: 'CRDT',
    reversal: true,
    originalSerialNo: paid.serialNo,
  } as const;
  return { ...back, payer: paid.payee, payee: paid.payer };
}

function receipt(leg: Leg, entry: Entry, bookingDate: string, scenario: string): FlowTruth {
  const { bankId, account } = leg.payee;
  const flowKey = [bankId, account, 'CRDT', bookingDate, entry.serialNo, '0'].join('~');
  return { flowKey, state: 'RECEIPT', amountFen: BigInt(entry.amountFen), scenario };
}

function keyOf(
  { payer: { bankId, account } }: Leg,
  { direction, serialNo }: Entry,
  bookingDate: string,
): string {
  return [bankId, account, direction, bookingDate, serialNo, '0'].join('~');
}

/** Entries of one bank, a few to a message. */
function messagesOf(entries: readonly { bankId: string; entry: Entry }[], dice: Dice): Deed[] {
  const messages: Deed[] = [];
  const open = new Map<string, Entry[]>();
  for (const { bankId, entry } of entries) {
    const list = open.get(bankId) ?? [];
    list.push(entry);
    open.set(bankId, list);
    if (list.length <= dice(entriesPerMessage)) continue;
    messages.push({ kind: 'push', bankId, entries: list });
    open.delete(bankId);
  }
  return [...messages, ...[...open].map(([bankId, rest]): Deed => ({ kind: 'push', bankId, entries: rest }))];
}

function shuffled<T>(list: readonly T[], dice: Dice): T[] {
  const mixed = [...list];
  for (let at = mixed.length - 1; at > 0; at -= 1) {
    const other = dice(at + 1);
    [mixed[at], mixed[other]] = [mixed[other] as T, mixed[at] as T];
  }
  return mixed;
}
