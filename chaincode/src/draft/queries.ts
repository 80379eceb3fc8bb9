/** What callers may read of a draft: the record, its path with what is still open, its history from what it keeps itself. */
import type { Act } from '#kernel/records/common.ts';
import type { Actual, Draft, Leg, LegProgress } from '#kernel/records/draft.ts';
import { keyParts } from '#kernel/records/keys.ts';
import { partiesOf } from '../reconciliation/book.ts';
import { Refusal } from '../refusal.ts';
import { legsInSight, maySee } from '../scope.ts';
import type { Tx } from '../tx.ts';

interface DraftArgs {
  readonly DraftID: string;
}
/** One leg: planned against actual, and what is still to come. */
export interface PathLeg {
  readonly leg: Leg;
  readonly progress: LegProgress | null;
  readonly actual: readonly Actual[];
  readonly remainderFen: string;
}
/** One account on the path: proven in, proven out, what must still be there. */
export interface PathNode {
  readonly orgId: string;
  readonly bankId: string;
  readonly account: string;
  readonly inFen: string;
  readonly outFen: string;
  readonly remainderFen: string;
}
/** One earlier state of a draft and the transaction that wrote it. */
export interface HistoryLine {
  readonly what: string;
  readonly id: string;
  readonly act: Act;
}

/** The draft, for a bank with the legs that touch it alone. @throws Refusal NOT_FOUND, OUT_OF_SCOPE */
export async function query(tx: Tx, { DraftID }: DraftArgs): Promise<Draft> {
  const draft = await tx.must('DRAFT', keyParts.DRAFT(DraftID));
  if (!maySee(tx.caller, draft.division, partiesOf(draft))) throw new Refusal('OUT_OF_SCOPE', { DraftID });
  const PlanPath = legsInSight(tx.caller, draft.PlanPath);
  if (PlanPath.length === draft.PlanPath.length) return draft;
  const seen = new Set(PlanPath.map((leg) => leg.legId));
  const inSight = (one: { readonly legId: string }): boolean => seen.has(one.legId);
  const { legs, ActualPath, redemptions } = draft;
  const cut = { legs: legs.filter(inSight), ActualPath: ActualPath.filter(inSight) };
  return { ...draft, PlanPath, ...cut, redemptions: redemptions.filter(inSight) };
}

/** Legs in the order of the plan and the accounts between them. @throws Refusal NOT_FOUND, OUT_OF_SCOPE */
export async function path(tx: Tx, args: DraftArgs): Promise<{ legs: PathLeg[]; nodes: PathNode[] }> {
  const draft = await query(tx, args);
  const legs = draft.PlanPath.map((leg): PathLeg => {
    const progress = draft.legs.find((one) => one.legId === leg.legId) ?? null;
    const remainder = BigInt(leg.amountFen) - BigInt(progress?.matchedFen ?? '0');
    const actual = draft.ActualPath.filter((entry) => entry.legId === leg.legId);
    return { leg, progress, actual, remainderFen: String(remainder) };
  });
  return { legs, nodes: nodesOf(legs) };
}

/** Every act that the draft keeps, in the order of its transactions' times. @throws Refusal NOT_FOUND, OUT_OF_SCOPE */
export async function history(tx: Tx, { DraftID }: DraftArgs): Promise<HistoryLine[]> {
  const draft = await query(tx, { DraftID });
  const lines = [...legLines(draft), ...pathLines(draft), ...redemptionLines(draft), ...stopLines(draft)];
  return lines.sort((a, b) => compareText(a.act.at, b.act.at) || compareText(a.act.txId, b.act.txId));
}

function line(what: string, id: string, act: Act | null | undefined): HistoryLine[] {
  return act === null || act === undefined ? [] : [{ what, id, act }];
}

/** Registrations, and decisions that left no entry on the path. */
function legLines(draft: Draft): HistoryLine[] {
  return draft.legs.flatMap(({ legId, registered, decided, state }) => {
    const isOnPath = state === 'MATCHED' || state === 'RETURNED';
    return [
      ...line('leg.registered', legId, registered),
      ...line('leg.decided', legId, isOnPath ? null : decided),
    ];
  });
}

function pathLines(draft: Draft): HistoryLine[] {
  return draft.ActualPath.map(({ kind, legId, at, txId, ingestedBy: by, bankId: orgId }) => ({
    what: `leg.${kind}`,
    id: legId,
    act: { by, orgId, at, txId },
  }));
}

function redemptionLines(draft: Draft): HistoryLine[] {
  return draft.redemptions.flatMap((one) => [
    ...line('redemption.requested', one.rid, one.requested),
    ...line('redemption.checked', one.rid, one.checked),
    ...line('redemption.extra-checked', one.rid, one.extra),
    ...line('redemption.approved', one.rid, one.approved),
    ...line('redemption.refused', one.rid, one.refused),
  ]);
}

function stopLines({ DraftID, frozen, pending }: Draft): HistoryLine[] {
  return [
    ...line('draft.frozen', DraftID, frozen?.act),
    ...line(`draft.${pending?.action ?? ''}-requested`, DraftID, pending?.act),
  ];
}

function nodesOf(legs: readonly PathLeg[]): PathNode[] {
  const nodes = new Map<
    string,
    { orgId: string; bankId: string; account: string; came: bigint; left: bigint }
  >();
  for (const { leg, progress } of legs) {
    const moved = BigInt(progress?.matchedFen ?? '0');
    for (const end of [leg.payer, leg.payee]) {
      const key = `${end.bankId}~${end.account}`;
      const node = nodes.get(key) ?? { ...end, came: 0n, left: 0n };
      if (end === leg.payee) node.came += moved;
      else node.left += moved;
      nodes.set(key, node);
    }
  }
  return [...nodes.values()].map(({ orgId, bankId, account, came, left }) => ({
    ...{ orgId, bankId, account, inFen: String(came), outFen: String(left) },
    remainderFen: String(came - left),
  }));
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
