/** What a check of the read model found, and how it is told to a person. */
import type { FieldDifference } from './canonical.ts';
import type { ReadModelName } from './read-models.ts';

/** What a difference may be found in: a model, or the counts and sums kept over several. */
export type CheckedModel = ReadModelName | 'tally';

/** One thing in which read model and ledger differ. */
export type ReadModelDifference =
  | {
      readonly kind: 'altered';
      readonly model: CheckedModel;
      readonly id: string;
      readonly fields: readonly FieldDifference[];
    }
  | { readonly kind: 'missing'; readonly model: CheckedModel; readonly id: string }
  | { readonly kind: 'surplus'; readonly model: CheckedModel; readonly id: string }
  /** The read model shows fewer blocks than the ledger has. */
  | { readonly kind: 'stale'; readonly shown: number; readonly ledger: number }
  /** The read model was made from another ledger, or from more blocks than it has. */
  | { readonly kind: 'foreign'; readonly shown: number; readonly ledger: number };

/** What a check found. */
export interface CheckReport {
  /** Blocks that were derived and compared. */
  readonly height: number;
  /** Documents that the ledger gives. */
  readonly documents: number;
  readonly differences: readonly ReadModelDifference[];
}

/** A difference as lines for a person at a terminal. */
export function describeDifference(difference: ReadModelDifference): string[] {
  switch (difference.kind) {
    case 'stale':
      return [`stale: the read model shows ${difference.shown} blocks, the ledger has ${difference.ledger}`];
    case 'foreign':
      return [
        `foreign: the read model (${difference.shown} blocks) was not made from this ledger (${difference.ledger} blocks)`,
      ];
    case 'altered':
      return [
        `altered: ${difference.model} ${difference.id}`,
        ...difference.fields.map(
          ({ path, expected, found }) => `  ${path}: the ledger says ${expected}, stored is ${found}`,
        ),
      ];
    default:
      return [`${difference.kind}: ${difference.model} ${difference.id}`];
  }
}
