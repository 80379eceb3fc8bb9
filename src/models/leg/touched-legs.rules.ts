/** Which legs a step of their draft may have changed: a draft has many, and most steps touch one or two. */
import type { Draft, LegProgress } from '#kernel/records/draft.ts';
import { standingOf } from './standing.rules.ts';

/**
 * Legs that may look different after a write of their draft; every other one looks as it did.
 * @returns ids of legs, or null when all of them may
 */
export function touchedLegs(before: Draft, after: Draft): ReadonlySet<string> | null {
  if (!sameJson(ofAllLegs(before), ofAllLegs(after))) return null;
  const [was, is] = [progressOf(before), progressOf(after)];
  const matched = (known: typeof was, legId: string): boolean => known.get(legId)?.state === 'MATCHED';
  const accepted = (draft: Draft, milestoneNo: number | null): boolean =>
    milestoneNo !== null && draft.milestonesAccepted.includes(milestoneNo);
  const touched = after.PlanPath.filter(
    ({ legId, dependsOn, milestoneNo }) =>
      !sameJson(was.get(legId), is.get(legId)) ||
      dependsOn.some((id) => matched(was, id) !== matched(is, id)) ||
      accepted(before, milestoneNo) !== accepted(after, milestoneNo),
  );
  return new Set(touched.map((leg) => leg.legId));
}

/** What every leg shows of its draft, and the plan. */
function ofAllLegs(draft: Draft): unknown[] {
  const { DraftID, ProjectID, InstructionID, CreateAt, fundId, division, PlanPath } = draft;
  return [DraftID, ProjectID, InstructionID, CreateAt, fundId, division, standingOf(draft.Status), PlanPath];
}

function progressOf(draft: Draft): ReadonlyMap<string, LegProgress> {
  return new Map(draft.legs.map((leg) => [leg.legId, leg]));
}

/** Whether two values that came from JSON are equal. */
function sameJson(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) || Array.isArray(right)) return sameList(left, right);
  const [one, other] = [left as Record<string, unknown>, right as Record<string, unknown>];
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => sameJson(one[key], other[key]));
}

function sameList(left: unknown, right: unknown): boolean {
  if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
  return left.every((one, at) => sameJson(one, right[at]));
}
