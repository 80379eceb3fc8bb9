/** What callers may read of a draft: the record, its path with what is still open, its history from what it keeps itself. */
import type { Act } from '#kernel/records/common.ts';
import type { Actual, Draft, Leg, LegProgress } from '#kernel/records/draft.ts';
import { keyParts } from '#kernel/records/keys.ts';
import { partiesOf } from '../reconciliation/book.ts';
import { Refusal } from '../refusal.ts';
import { maySee } from '../scope.ts';
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
export interface HistoryLine {
  readonly what: string;
  readonly id: string;
  readonly act: Act;
}

/** @throws Refusal NOT_FOUND, OUT_OF_SCOPE */
export async function query(tx: Tx, { DraftID }: DraftArgs): Promise<Draft> {
  const draft = await tx.must('DRAFT', keyParts.DRAFT(DraftID));
  if (!maySee(tx.caller, draft.division, partiesOf(draft))) throw new Refusal('OUT_OF_SCOPE', { DraftID });
  return draft;
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
export async function history(tx: Tx, args: DraftArgs): Promise<HistoryLine[]> {
  const draft = await query(tx, args);
  const lines: HistoryLine[] = [];
  const add = (what: string, id: string, act: Act | null): void => {
    if (act !== null) lines.push({ what, id, act });
  };
  for (const { legId, registered, decided, state } of draft.legs) {
    add('leg.registered', legId, registered);
    if (state !== 'MATCHED' && state !== 'RETURNED') add('leg.decided', legId, decided);
  }
  for (const entry of draft.ActualPath) {
    const { at, txId, ingestedBy: by, bankId: orgId } = entry;
    add(`leg.${entry.kind}`, entry.legId, { by, orgId, at, txId });
  }
  for (const one of draft.redemptions) {
    add('redemption.requested', one.rid, one.requested);
    add('redemption.checked', one.rid, one.checked);
    add('redemption.approved', one.rid, one.approved);
    add('redemption.refused', one.rid, one.refused);
  }
  add('draft.frozen', draft.DraftID, draft.frozen?.act ?? null);
  add(`draft.${draft.pending?.action ?? ''}-requested`, draft.DraftID, draft.pending?.act ?? null);
  return lines.sort((a, b) => compareText(a.act.at, b.act.at) || compareText(a.act.txId, b.act.txId));
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
