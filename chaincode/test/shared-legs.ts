/** Legs of several drafts that are paid together: by one transfer with a list, or by a batch, and what comes back. */
import fc from 'fast-check';
import type { Draft } from '#kernel/records/draft.ts';
import type { Part } from '#kernel/records/reconciliation.ts';
import { payment, planned, returnOf } from './drafts.ts';
import { flowEvent, legIds } from './scenario.ts';
import type { Event } from './scenario.ts';

/** How the same leg of two drafts is paid together: by one transfer with a list, or by a batch of two. */
export const together = fc.record({
  legId: fc.constantFrom('F1', 'F2', 'B1', 'D1'),
  how: fc.constantFrom('list', 'batch'),
  wrongFen: fc.constantFrom(0n, 0n, 0n, 1n, -1n),
  returned: fc.constantFrom('none', 'whole', 'in-two'),
});
/** One draw of it. */
export type Together = typeof together extends fc.Arbitrary<infer T> ? T : never;

/** Everything that happens on that leg. */
export function sharedEvents(drafts: readonly Draft[], plan: Together): Event[] {
  const { legId, how, wrongFen, returned } = plan;
  const date = `2026-03-1${legIds.indexOf(legId)}`;
  const serialNo = `T-${legId}`;
  const parts = drafts.map((draft): Part => ({
    draftId: draft.DraftID,
    legId,
    amountFen: planned(draft, legId).amountFen,
  }));
  const total = String(parts.reduce((sum, part) => sum + BigInt(part.amountFen), 0n) + wrongFen);
  const [draft] = drafts;
  if (draft === undefined) return [];
  const whole = payment(planned(draft, legId), serialNo, date, { amountFen: total });
  const register: Event = { kind: 'register', draftId: draft.DraftID, legId, serialNo, date };
  if (how === 'batch') {
    const line = flowEvent({ ...whole, batch: true });
    return [
      line,
      ...drafts.flatMap((one, at): Event[] => [
        { ...register, draftId: one.DraftID, subIndex: at + 1 },
        flowEvent(payment(planned(one, legId), serialNo, date, { subIndex: at + 1 })),
      ]),
    ];
  }
  const backs =
    returned === 'none'
      ? []
      : returned === 'whole'
        ? [returnOf(whole, `R-${legId}`, '2026-04-01')]
        : [
            returnOf(whole, `R1-${legId}`, '2026-04-01', '7'),
            returnOf(whole, `R2-${legId}`, '2026-04-02', String(BigInt(total) - 7n)),
          ];
  return [{ ...register, parts }, ...[whole, ...backs].map(flowEvent)];
}
