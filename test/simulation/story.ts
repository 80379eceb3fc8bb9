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

const contributions: readonly Scenario[] = [
  ...Array.from({ length: 12 }, () => 'clean' as const),
  ...(['amount', 'payee', 'unregistered', 'unbooked', 'returned', 'conflict', 'late'] as const),
];
/** Mostly a few, sometimes many. */
const entriesPerMessage = [4, 40] as const;

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
