/** E03: counts messages under an admitted bank's name whose signature did not fit; a wrong key, a wrong clock, or somebody else. */
import { model, Schema } from 'mongoose';
import type { SystemCause } from '../system-alert/system-alert.service.ts';
import { BankModel } from './bank.schema.ts';

/** When a bank's name last came with a signature that did not fit; `_id` = bank id, oldest first, the newest few. */
export interface BankRefusals {
  readonly _id: string;
  readonly at: readonly Date[];
}

const refusalsSchema = new Schema<BankRefusals>(
  { _id: { type: String, required: true }, at: { type: [Date], default: [] } },
  { collection: 'bank_refusals', versionKey: false },
);
export const BankRefusalsModel = model('BankRefusals', refusalsSchema);

/** Refusals within this time that raise an alert, and the time, ms. */
export const refusedSignatures = { count: 3, withinMs: 3_600_000 } as const;

/** What counting refusals needs from outside. */
export interface RefusedSignatureDeps {
  readonly now: () => Date;
  /** Raises a system alert, once per cause. */
  readonly alert: (cause: SystemCause) => Promise<unknown>;
}

/** Counts refused signatures by bank, durably, so that a restart forgets none. */
export class RefusedSignatures {
  readonly #deps: RefusedSignatureDeps;

  constructor(deps: RefusedSignatureDeps) {
    this.#deps = deps;
  }

  /** Notes one more; names that no admitted bank has are not counted, or anybody could fill the list of alerts. */
  async note(bankId: string): Promise<void> {
    if ((await BankModel.exists({ _id: bankId })) === null) return;
    const now = this.#deps.now();
    const { count, withinMs } = refusedSignatures;
    const noted = await BankRefusalsModel.findOneAndUpdate(
      { _id: bankId },
      { $push: { at: { $each: [now], $slice: -count } } },
      { upsert: true, returnDocument: 'after' },
    ).lean();
    const [oldest] = noted.at;
    const isOften = noted.at.length === count && oldest !== undefined;
    if (!isOften || now.getTime() - oldest.getTime() > withinMs) return;
    await this.#deps.alert({ rule: 'E03', level: 'red', subject: bankId, responsibleOrgId: bankId });
  }
}
