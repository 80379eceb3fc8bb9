/** Faults planted between the platform and its ports, to prove that the checker finds what it must. */
import type { Documents } from './documents.ts';
import type { LedgerProcess } from './ledger-process.ts';
import type { Story } from './story.ts';

/** Where a plant may stand. */
export interface Soil {
  readonly documents: Documents;
  readonly ledger: LedgerProcess;
  readonly story: Story;
}

/** A deliberate error. */
export interface Plant {
  sow(soil: Soil): void;
}

/** The plants by name. */
export const plants: Readonly<Record<string, Plant>> = {};
