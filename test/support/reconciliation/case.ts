/** A case of reconciliation as a test: named like the case, with the outcome that docs/reconciliation.md prints. */
import { test } from 'node:test';

/** How many cases each group has; ids are the letter and a number from 1. */
export const caseGroups = {
  D: { title: 'Delivery', cases: 11 },
  C: { title: 'Content', cases: 17 },
  T: { title: 'Time', cases: 7 },
  F: { title: 'Concurrency and failure', cases: 23 },
  O: { title: 'Decision', cases: 1 },
} as const;

/** What is said of a case: which one, in few words, and what the platform does. */
export interface CaseText {
  readonly id: `${keyof typeof caseGroups}${number}`;
  readonly title: string;
  readonly outcome: string;
}

/** A test elsewhere that proves a case as well, or alone. */
export interface Proof {
  readonly file: string;
  readonly test: string;
}

/** Declares a case and its test. The text must be a literal: the document is made from the source. */
export function reconciliationCase(text: CaseText, run: () => Promise<void>): void {
  test(`${text.id} ${text.title}`, run);
}

/** Declares a case, or a part of one, that a test of another file proves; that test must exist under this very name. */
export function provenBy(_text: CaseText, _proof: Proof): void {
  // Only the document reads it.
}
