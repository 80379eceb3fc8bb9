/** Compares what stands on the ledger, in the read model and in the inbox with what the story says must stand there. */
import mongoose from 'mongoose';
import { compositeKey, keyParts } from '#kernel/records/keys.ts';
import type { Alert } from '#kernel/records/alert.ts';
import type { Draft, LegProgress } from '#kernel/records/draft.ts';
import type { Flow, FlowOutcome } from '#kernel/records/reconciliation.ts';
import type { InProcessLedger } from '../../src/blockchain/embedded/embedded-ledger.ts';
import { InboxFlowModel } from '../../src/models/inbox/inbox.schema.ts';
import { checkReadModel } from '../../src/models/read-model/check.ts';
import { describeDifference } from '../../src/models/read-model/check-report.ts';
import { readModels } from '../../src/models/read-model/read-models.ts';
import { stateOf } from '../../bench/support/large/template.ts';
import type { LedgerProcess } from './ledger-process.ts';
import type { FlowTruth, LegTruth } from './scenarios.ts';
import type { Story } from './story.ts';

/** Everything that is not as it must be, each as a sentence that names it. */
export async function differencesOf(process: LedgerProcess, story: Story): Promise<string[]> {
  const ledger = process.direct;
  const state = await process.state();
  const checker = new Checker(state);
  for (const draft of story.drafts) checker.draft(draft, story.legs);
  for (const flow of story.flows) checker.flow(flow);
  checker.alerts(story.legs);
  checker.matches();
  checker.chain(await stateByBlocks(ledger));
  const model = await checkReadModel({ ledger, connection: mongoose.connection, graceMs: 0 });
  // The run ended when all blocks were shown; one that was on its way then may have come since.
  const real = model.differences.filter((one) => one.kind !== 'stale');
  const shown = real.flatMap((one) => describeDifference(one).map((line) => `read model: ${line}`));
  return [...checker.found, ...shown, ...(await pagesDiffer(story)), ...(await inboxDiffers(story))];
}

type State = ReadonlyMap<string, string>;

/** Records that are looked at, by type of key. */
interface Recorded {
  readonly DRAFT: Draft;
  readonly FLOW: Flow;
  readonly FLOWSTATE: FlowOutcome;
  readonly ALERT: Alert;
}

/** What the chain says that the state must be. */
async function stateByBlocks(ledger: InProcessLedger): Promise<State> {
  const { height } = await ledger.info();
  const stop = new AbortController();
  async function* blocks(): ReturnType<InProcessLedger['blocks']> {
    for await (const block of ledger.blocks(0, stop.signal)) {
      yield block;
      if (block.number === height - 1) return;
    }
  }
  return stateOf(blocks());
}

class Checker {
  readonly found: string[] = [];
  readonly #state: State;

  constructor(state: State) {
    this.#state = state;
  }

  /** Legs as told, sums kept, and no leg ahead of one that it waits for. */
  draft({ DraftID, PlanPath }: Draft, truths: readonly LegTruth[]): void {
    const now = this.#record('DRAFT', keyParts.DRAFT(DraftID));
    if (now === null) {
      this.#tell(`draft ${DraftID} is gone`);
      return;
    }
    const legs = new Map(now.legs.map((leg) => [leg.legId, leg]));
    for (const truth of truths.filter((one) => one.draftId === DraftID))
      this.#leg(truth, legs.get(truth.legId));
    for (const plan of PlanPath) {
      if (legs.get(plan.legId)?.state !== 'MATCHED') continue;
      const ahead = plan.dependsOn.filter((id) => !now.ActualPath.some((hop) => hop.legId === id));
      if (ahead.length > 0) this.#tell(`${DraftID} ${plan.legId} is matched before ${ahead.join(', ')}`);
    }
  }

  #leg(truth: LegTruth, leg: LegProgress | undefined): void {
    const name = `${truth.draftId} ${truth.legId} (${truth.scenario})`;
    if (leg?.state !== truth.state) this.#tell(`${name} is ${leg?.state ?? 'gone'}, must be ${truth.state}`);
    if (BigInt(leg?.matchedFen ?? '0') !== truth.matchedFen)
      this.#tell(`${name} has ${leg?.matchedFen ?? '0'} fen matched, must have ${truth.matchedFen}`);
  }

  /** A flow is there with the amount that the bank said, and has become what the story says. */
  flow({ flowKey, state, amountFen, scenario }: FlowTruth): void {
    const parts = flowKey.split('~');
    const flow = this.#record('FLOW', parts);
    const outcome = this.#record('FLOWSTATE', parts);
    if (flow === null) {
      this.#tell(`flow ${flowKey} (${scenario}) is not on the ledger`);
      return;
    }
    if (BigInt(flow.amountFen) !== amountFen)
      this.#tell(`flow ${flowKey} has ${flow.amountFen} fen, must have ${amountFen}`);
    if (outcome?.state !== state)
      this.#tell(`flow ${flowKey} (${scenario}) is ${outcome?.state ?? 'undecided'}, must be ${state}`);
  }

  /** Every alert that must have been raised has been, and none twice for one cause. */
  alerts(truths: readonly LegTruth[]): void {
    const alerts = this.#all('ALERT');
    for (const truth of truths) {
      const { draftId, legId, scenario } = truth;
      for (const rule of truth.alerts) {
        const raised = alerts.filter((one) => one.rule === rule && concerns(one, truth));
        const causes = raised.map(causeOf);
        if (causes.length === 0 || new Set(causes).size < causes.length)
          this.#tell(`${draftId} ${legId} (${scenario}) has alerts ${rule}: ${causes.join(', ') || 'none'}`);
      }
    }
  }

  /** The state is what the blocks make of it. */
  chain(derived: State): void {
    const keys = new Set([...derived.keys(), ...this.#state.keys()]);
    for (const key of keys) {
      if (derived.get(key) === this.#state.get(key)) continue;
      this.#tell(`${key.replaceAll('\0', ' ').trim()} stands in the state otherwise than in the blocks`);
    }
  }

  /** No leg is matched by two flows, no flow matches two legs. */
  matches(): void {
    const outcomes = this.#all('FLOWSTATE').filter((one) => one.state === 'MATCHED');
    const seen = new Set<string>();
    for (const { flowKey, draftId, legId } of outcomes) {
      const leg = `${draftId ?? ''} ${legId ?? ''}`;
      if (seen.has(leg)) this.#tell(`${leg} is matched twice, by ${flowKey} too`);
      seen.add(leg);
    }
  }

  #record<K extends keyof Recorded>(type: K, parts: readonly string[]): Recorded[K] | null {
    const text = this.#state.get(compositeKey(type, parts));
    return text === undefined ? null : (JSON.parse(text) as Recorded[K]);
  }

  #all<K extends keyof Recorded>(type: K): Recorded[K][] {
    const prefix = compositeKey(type, []);
    return [...this.#state].flatMap(([key, value]) =>
      key.startsWith(prefix) ? [JSON.parse(value) as Recorded[K]] : [],
    );
  }

  #tell(difference: string): void {
    this.found.push(difference);
  }
}

/** A leg that is overdue and a flow that pays it late are two causes. */
function causeOf({ level, resultCodes, subject }: Alert): string {
  return [level, ...resultCodes, subject.flowKey ?? ''].join(' ');
}

/** Alerts about a flow that nobody registered name the flow alone. */
function concerns({ subject }: Alert, { draftId, legId, flowKey }: LegTruth): boolean {
  return (subject.draftId === draftId && subject.legId === legId) || subject.flowKey === flowKey;
}

/** What pages show of each leg, asked as pages ask. */
async function pagesDiffer({ legs }: Story): Promise<string[]> {
  const shown = await readModels(mongoose.connection).leg.find({}, { state: 1, matchedFen: 1 }).lean();
  const byId = new Map(shown.map((leg) => [leg._id, leg]));
  return legs.flatMap(({ draftId, legId, state, matchedFen }) => {
    const leg = byId.get(`${draftId}~${legId}`);
    const is = `${leg?.state ?? 'nothing'} with ${leg?.matchedFen ?? 0n} fen`;
    const must = `${state} with ${matchedFen} fen`;
    return is === must ? [] : [`pages show ${draftId} ${legId} as ${is}, must be ${must}`];
  });
}

/** Everything a bank was answered for is in the inbox and done. */
async function inboxDiffers({ flows }: Story): Promise<string[]> {
  const kept = await InboxFlowModel.find({}, { state: 1, lastError: 1 }).lean();
  const byKey = new Map(kept.map((one) => [one._id, one]));
  return flows.flatMap(({ flowKey }) => {
    const flow = byKey.get(flowKey);
    if (flow === undefined) return [`flow ${flowKey} was answered and is not in the inbox`];
    return flow.state === 'done'
      ? []
      : [`flow ${flowKey} is ${flow.state} in the inbox: ${flow.lastError ?? ''}`];
  });
}
