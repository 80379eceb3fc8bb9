/** Follows every fen of a draft from its sources to the last payee: nodes, edges, and the remainder at every node. */
import type { CheckResult, LegState } from '#kernel/records/draft.ts';
import type { Part } from '#kernel/records/reconciliation.ts';
import { normalAccount, normalSerial } from '#kernel/normal-form.ts';
import type { FlowDoc } from '../flow/flow.schema.ts';
import type { LegDoc } from '../leg/leg.schema.ts';
import { DomainError } from '../kernel/errors.ts';
import { namesOf } from '../member/names.service.ts';
import type { Person } from '../member/person.ts';
import { withinScope } from '../member/scope.rules.ts';
import type { ReadModels } from '../read-model/read-models.ts';

/** Where a trace begins; exactly one is given. */
export interface TraceQuery {
  readonly key: string;
}

/** An account of the picture. Amounts in fen, matched money only. */
export interface TraceNode {
  readonly id: string;
  readonly name: string;
  readonly inFen: bigint;
  readonly outFen: bigint;
  /** What came in and has not gone on: 0 for a source. */
  readonly restFen: bigint;
  readonly isSource: boolean;
  readonly isLast: boolean;
}

/** One planned payment with what the bank proved. */
export interface TraceEdge {
  readonly id: string;
  readonly legId: string;
  readonly draftId: string;
  readonly from: string;
  readonly to: string;
  readonly planFen: bigint;
  readonly actualFen: bigint;
  readonly state: LegState;
  readonly tone: 'proven' | 'differs' | 'planned';
  readonly serialNo: string | null;
  readonly flowKey: string | null;
  readonly checks: readonly CheckResult[];
  readonly txId: string;
  readonly block: number;
}

/** What a question leads to: the nodes money passes and the edges between them. */
export interface Trace {
  readonly title: string;
  readonly draftIds: readonly string[];
  readonly nodes: readonly TraceNode[];
  readonly edges: readonly TraceEdge[];
}

const mostDrafts = 20;

/** Follows money from a key, both ways, within a person's scope. */
export class TraceService {
  readonly #models: ReadModels;

  constructor(models: ReadModels) {
    this.#models = models;
  }

  /**
   * The trace of a project, draft, account, flow or serial number.
   * @throws DomainError NOT_FOUND when nothing in the person's scope has this key
   */
  async follow(person: Person, key: string): Promise<Trace> {
    const draftIds = await this.#draftsOf(person, key.trim());
    const planned = await this.#models.leg
      .find(withinScope(person, 'leg', { draftId: { $in: draftIds } }))
      .lean<LegDoc[]>();
    const living = planned.filter((leg) => leg.state !== 'CANCELLED');
    // Of a draft that was cancelled before anything was paid, the picture shows what had been planned.
    const legs = living.length > 0 ? living : planned;
    if (legs.length === 0) throw new DomainError('NOT_FOUND', 'nothing to trace in scope');
    const names = await namesOf(this.#models, {
      orgs: legs.flatMap((leg) => [leg.payerOrgId, leg.payeeOrgId]),
    });
    const edges = legs
      .filter((leg) => leg.kind !== 'X' || leg.matchedFen > 0n)
      .map(edgeOf)
      .toSorted((a, b) => a.id.localeCompare(b.id));
    return {
      title: [...new Set(legs.map((leg) => leg.projectName))].join('、'),
      draftIds,
      nodes: nodesOf(legs, edges, (id) => names.org(id)),
      edges,
    };
  }

  async #draftsOf(person: Person, key: string): Promise<string[]> {
    if (key === '') throw new DomainError('NOT_FOUND', 'no key');
    const account = normalAccount(key);
    const [drafts, flows, legs] = await Promise.all([
      this.#models.draft
        .find(withinScope(person, 'draft', { $or: [{ _id: key }, { projectId: key }] }), { _id: 1 })
        .limit(mostDrafts)
        .lean(),
      this.#models.flow
        .find(withinScope(person, 'flow', { $or: [{ _id: key }, { serialNo: normalSerial(key) }] }), {
          draftId: 1,
          'record.outcome.parts': 1,
        })
        .limit(mostDrafts)
        .lean<Pick<FlowDoc, 'draftId' | 'record'>[]>(),
      this.#models.leg
        .find(withinScope(person, 'leg', { $or: [{ payerAccount: account }, { payeeAccount: account }] }), {
          draftId: 1,
        })
        .limit(200)
        .lean(),
    ]);
    const ids = [
      ...drafts.map((one) => one._id),
      ...flows.flatMap(({ draftId, record }) => [draftId, ...partsOf(record).map((part) => part.draftId)]),
      ...legs.map((one) => one.draftId),
    ];
    return [...new Set(ids.filter((id) => id !== null))].slice(0, mostDrafts);
  }
}

/** A transfer for several legs leads to the drafts of all of them. */
function partsOf({ outcome }: FlowDoc['record']): readonly Part[] {
  return outcome?.parts ?? [];
}

function edgeOf(leg: LegDoc): TraceEdge {
  const tone =
    leg.state === 'MATCHED'
      ? 'proven'
      : leg.state === 'MISMATCH' || leg.state === 'RETURNED'
        ? 'differs'
        : 'planned';
  return {
    id: leg._id,
    legId: leg.legId,
    draftId: leg.draftId,
    from: leg.payerAccount,
    to: leg.payeeAccount,
    planFen: leg.amountFen,
    actualFen: leg.matchedFen,
    state: leg.state,
    tone,
    serialNo: leg.serialNo,
    flowKey: leg.flowKey,
    checks: leg.checks,
    txId: leg.txId,
    block: leg.block,
  };
}

function nodesOf(
  legs: readonly LegDoc[],
  edges: readonly TraceEdge[],
  nameOf: (orgId: string) => string,
): TraceNode[] {
  const owners = new Map(
    legs.flatMap(
      (leg) =>
        [
          [leg.payerAccount, leg.payerOrgId],
          [leg.payeeAccount, leg.payeeOrgId],
        ] as const,
    ),
  );
  const sum = (list: readonly TraceEdge[]): bigint =>
    list.reduce((total, edge) => total + edge.actualFen, 0n);
  return [...owners].map(([id, orgId]) => {
    const [into, out] = [edges.filter((edge) => edge.to === id), edges.filter((edge) => edge.from === id)];
    const isSource = into.length === 0;
    const [inFen, outFen] = [sum(into), sum(out)];
    return {
      id,
      name: nameOf(orgId),
      inFen,
      outFen,
      restFen: isSource ? 0n : inFen - outFen,
      isSource,
      isLast: out.length === 0,
    };
  });
}
