/** What the checks of the read model found last, and where the check in slices goes on. Rows of their own, untouched by a rebuild. */
import { model, Schema } from 'mongoose';
import type { CheckPosition } from './check-slices.ts';

/** A difference as it is kept: ids and field paths, never values. */
export interface KeptDifference {
  readonly kind: string;
  readonly model: string;
  readonly id: string;
  readonly paths: readonly string[];
}

/** The newest run of a check; `_id` = `slices` or `whole`. */
export interface CheckRun {
  readonly _id: 'slices' | 'whole';
  readonly at: Date;
  readonly seconds: number;
  /** Blocks and documents that were compared; of the slices, since the walk over the blocks last began anew. */
  readonly blocks: number;
  readonly documents: number;
  readonly count: number;
  /** The first twenty. */
  readonly differences: readonly KeptDifference[];
  /** Where the next slice begins; null for the whole. */
  readonly position: CheckPosition | null;
}

const number = { type: Number, required: true } as const;
const text = { type: String, required: true } as const;
const checkRunSchema = new Schema<CheckRun>(
  {
    _id: text,
    at: { type: Date, required: true },
    seconds: number,
    blocks: number,
    documents: number,
    count: number,
    differences: {
      type: [
        new Schema<KeptDifference>({ kind: text, model: text, id: text, paths: [String] }, { _id: false }),
      ],
      default: [],
    },
    position: { type: Schema.Types.Mixed, default: null },
  },
  { collection: 'read_model_checks', versionKey: false },
);
export const CheckRunModel = model('CheckRun', checkRunSchema);
