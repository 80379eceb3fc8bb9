/** What a leg must know of its draft: whether payments go on, and if not, why. Steps on the way do not change it. */
import type { DraftStatus } from '#kernel/records/draft.ts';

/** How a leg's draft stands: LIVE, or the status that halted or ended it. */
export const draftStandings = ['LIVE', 'FROZEN', 'TERMINATED', 'RECALLED', 'SETTLED'] as const;
export type DraftStanding = (typeof draftStandings)[number];

/** Standings of a draft whose legs may be paid, those of its way back and its exit included. */
export const payableStandings: readonly DraftStanding[] = ['LIVE', 'RECALLED', 'SETTLED'];

/** The standing that a draft's status gives. */
export function standingOf(status: DraftStatus): DraftStanding {
  return draftStandings.find((one) => one === status) ?? 'LIVE';
}
