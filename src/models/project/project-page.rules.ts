/** Where a project stands: the eight steps, and whose turn it is. */
import type { Role } from '#kernel/records/common.ts';
import type { DraftStatus } from '#kernel/records/draft.ts';
import type { ProjectState } from '#kernel/records/project.ts';
import type { MessageKey } from '../../messages/keys.ts';

/** A step of the stepper. */
export interface StageView {
  readonly key: MessageKey;
  readonly state: 'done' | 'now' | 'todo' | 'stopped';
}

const stages: readonly MessageKey[] = [
  'stage.apply',
  'stage.check',
  'stage.decide',
  'stage.issue',
  'stage.raise',
  'stage.pay',
  'stage.redeem',
  'stage.close',
];
const ofState: Readonly<Record<ProjectState, number>> = {
  RETURNED: 0,
  WITHDRAWN: 0,
  SUBMITTED: 1,
  CHECKED: 1,
  COUNTERSIGNED: 2,
  REVIEWED: 2,
  REJECTED: 2,
  APPROVED: 4,
  CLOSED: 8,
};
const ofDraft: Partial<Record<DraftStatus, number>> = {
  ISSUED: 4,
  RAISING: 4,
  RAISED: 5,
  CIRCULATING: 5,
  REDEEMABLE: 6,
  PARTIALLY_REDEEMED: 6,
  SETTLED: 7,
};
const stopped: readonly string[] = ['REJECTED', 'WITHDRAWN', 'TERMINATED', 'RECALLED', 'FROZEN'];

/** The stepper of a project and, once issued, its draft. */
export function stagesOf(state: ProjectState, draft: DraftStatus | null): StageView[] {
  const now = state === 'APPROVED' && draft !== null ? (ofDraft[draft] ?? 4) : ofState[state];
  const isStopped = stopped.includes(state) || (draft !== null && stopped.includes(draft));
  return stages.map((key, at) => ({
    key,
    state: at < now ? 'done' : at > now ? 'todo' : isStopped ? 'stopped' : 'now',
  }));
}

const turn: Partial<Record<ProjectState, Role>> = {
  SUBMITTED: 'county-command',
  CHECKED: 'local-finance',
  COUNTERSIGNED: 'leading-office',
  REVIEWED: 'leading-office',
  RETURNED: 'county-command',
};

/** Whose turn it is while the project is not issued; null when nobody's. */
export function turnOf(state: ProjectState): Role | null {
  return turn[state] ?? null;
}
