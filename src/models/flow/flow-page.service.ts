/** Everything the page of one bank flow shows: the comparison, and every step from the bank's word to what became of it. */
import { beijingDate } from '#kernel/dates.ts';
import type { Flow, Part } from '#kernel/records/reconciliation.ts';
import { offeredActions, type OfferedAction } from '../action/action.catalog.ts';
import type { ActivityDoc } from '../activity/activity.schema.ts';
import { DomainError } from '../kernel/errors.ts';
import type { MatchDoc } from '../match/match.schema.ts';
import { namesOf, type Names } from '../member/names.service.ts';
import type { Person } from '../member/person.ts';
import { withinScope } from '../member/scope.rules.ts';
import type { ReadModels } from '../read-model/read-models.ts';
import { candidatesFor, type Candidate } from '../reconciliation/preview.service.ts';
import { DeskService, type Comparison } from './desk.service.ts';
import { flowSources, type FlowSource } from './flow-source.service.ts';
import type { FlowDoc } from './flow.schema.ts';

/** A manual match with what this person may do about it. */
export interface MatchView {
  readonly match: MatchDoc;
  readonly actions: readonly OfferedAction[];
}

/** What the page of a flow shows. */
export interface FlowPage {
  readonly flow: FlowDoc;
  readonly compared: Comparison | null;
  readonly actions: readonly OfferedAction[];
  readonly steps: readonly ActivityDoc[];
  /** The legs that share the flow; empty when it pays one leg alone. */
  readonly parts: readonly Part[];
  readonly returns: readonly FlowDoc[];
  readonly original: FlowDoc | null;
  /** Line and parts of the batch it belongs to. */
  readonly batch: readonly FlowDoc[];
  readonly conflicts: readonly Flow[];
  readonly matches: readonly MatchView[];
  readonly candidates: readonly Candidate[];
  /** Booked in time, delivered after the deadline: matched all the same. */
  readonly lateDelivery: boolean;
  /** Where it came from; null when it never passed this installation's inbox. */
  readonly source: FlowSource | null;
  readonly names: Names;
}

/** Gathers what the page of a flow shows. */
export class FlowPageService {
  readonly #models: ReadModels;
  readonly #desk: DeskService;

  constructor(models: ReadModels) {
    this.#models = models;
    this.#desk = new DeskService(models);
  }

  /** @throws DomainError NOT_FOUND when it is not there or outside the person's scope */
  async open(person: Person, key: string): Promise<FlowPage> {
    const models = this.#models;
    const flow = await models.flow.findOne(withinScope(person, 'flow', { _id: key })).lean<FlowDoc>();
    if (flow === null) throw new DomainError('NOT_FOUND', 'no such flow in scope');
    const { parts, returns: backs, conflicts } = tiesOf(flow);
    const within = (ids: readonly string[]): Promise<FlowDoc[]> =>
      this.#flows(person, { _id: { $in: [...ids] } });
    const [steps, returns, original, batch, matches, candidates, compared, sources] = await Promise.all([
      models.activity
        .find(withinScope(person, 'activity', { flowKey: key }))
        .sort({ ver: 1, seq: 1 })
        .limit(100)
        .lean<ActivityDoc[]>(),
      within(backs),
      within(flow.originalFlowKey === null ? [] : [flow.originalFlowKey]),
      this.#batchOf(person, flow),
      models.match
        .find(withinScope(person, 'match', { flowKey: key }))
        .sort({ proposedAt: -1 })
        .limit(20)
        .lean<MatchDoc[]>(),
      candidatesFor(models, person, flow),
      this.#desk.compare(person, key),
      flowSources(models, [key]),
    ]);
    return {
      ...{ flow, compared, steps, returns, batch, candidates, parts, conflicts },
      original: original[0] ?? null,
      source: sources.get(key) ?? null,
      actions: offeredActions(person, 'flow', flow),
      matches: matches.map((match) => ({ match, actions: offeredActions(person, 'match', match) })),
      lateDelivery: isDeliveredLate(flow, compared),
      names: await namesOf(models, { people: people(steps, matches) }),
    };
  }

  #flows(person: Person, filter: Record<string, unknown>): Promise<FlowDoc[]> {
    return this.#models.flow
      .find(withinScope(person, 'flow', filter))
      .sort({ bookingDate: 1, subIndex: 1 })
      .limit(200)
      .lean<FlowDoc[]>();
  }

  async #batchOf(person: Person, flow: FlowDoc): Promise<FlowDoc[]> {
    const { bankId, account, serialNo, bookingDate, direction } = flow;
    if (flow.subIndex === 0 && flow.record.flow.batch !== true) return [];
    return this.#flows(person, { bankId, account, serialNo, bookingDate, direction });
  }
}

/** What the ledger ties to a flow. */
function tiesOf({ record: { outcome } }: FlowDoc): {
  parts: readonly Part[];
  returns: readonly string[];
  conflicts: readonly Flow[];
} {
  const { parts = [], returns = [], conflictFlows = [] } = outcome ?? {};
  return { parts: parts.length > 1 ? parts : [], returns, conflicts: conflictFlows };
}

function isDeliveredLate(flow: FlowDoc, compared: Comparison | null): boolean {
  const deadline = compared?.leg?.deadline;
  if (deadline === undefined || flow.state !== 'MATCHED' || flow.bookingDate > deadline) return false;
  return beijingDate(flow.ingestedAt.getTime()) > deadline;
}

function people(steps: readonly ActivityDoc[], matches: readonly MatchDoc[]): string[] {
  return [
    ...steps.map((one) => one.creatorUserId),
    ...matches.flatMap(({ record }) => [record.proposed.by, record.decided?.by ?? '']),
  ];
}
