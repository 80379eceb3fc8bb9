/** What happens to the drafts of a run, and what must have come of it: made by dice, never asked of the platform. */
import { seedDraft } from '../../chaincode/test/drafts.ts';
import { tell, type Deed, type Entry, type FlowTruth, type LegTruth, type Scenario } from './scenarios.ts';
import type { Draft, Leg } from '#kernel/records/draft.ts';

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

/** Scenarios of contributions, dealt like cards so that each comes again and again; other drafts are clean from end to end. */
const contributions: readonly Scenario[] = [
  ...Array.from({ length: 8 }, () => 'clean' as const),
  ...(['name', 'pending', 'amount', 'payee', 'payer', 'currency', 'unregistered', 'unbooked'] as const),
  ...(['returned', 'partly-returned', 'conflict', 'late'] as const),
];
/** Mostly a few, sometimes many. */
const entriesPerMessage = [4, 40] as const;

/** Makes drafts and what happens to them until there are `flows` flows. @param records is filled with the drafts */
export function makeStory(dice: Dice, flows: number, records: Records): Story {
  const drafts: Draft[] = [];
  const cards: Scenario[] = [];
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
      const scenario = allClean && leg.kind !== 'M' ? 'clean' : scenarioOf(leg, cards, dice);
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

/** @param cards what is left to be dealt */
function scenarioOf(leg: Leg, cards: Scenario[], dice: Dice): Scenario {
  if (leg.kind === 'M') return 'untouched';
  if (leg.kind === 'D') return dice(2) === 0 ? 'clean' : 'untouched';
  if (cards.length === 0) cards.push(...shuffled(contributions, dice));
  // Paid too early and late, or too early and returned, would be two faults; one is enough to tell.
  const at = cards.findLastIndex((card) => leg.dependsOn.length === 0 || !atOnce.has(card));
  return cards.splice(at, at < 0 ? 0 : 1)[0] ?? 'clean';
}

/** Scenarios of payments that are not too early. */
const atOnce: ReadonlySet<Scenario> = new Set(['late', 'returned', 'partly-returned']);

/** Entries of one bank, a few to a message. */
function messagesOf(entries: readonly { bankId: string; entry: Entry }[], dice: Dice): Deed[] {
  const messages: Deed[] = [];
  const open = new Map<string, Entry[]>();
  for (const { bankId, entry } of entries) {
    const list = open.get(bankId) ?? [];
    list.push(entry);
    open.set(bankId, list);
    if (list.length <= dice(entriesPerMessage[dice(2)] ?? 1)) continue;
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
