/** Counts documents as they are written: what each was before is taken away, what it becomes is added. */
import type { DocumentWrite } from '../read-model/record-projections.ts';
import { Tallies } from './tallies.ts';
import { countedFields, eachCount, type CountedModel } from './tally.rules.ts';

/** A write of a document that counts. */
export type CountedWrite = DocumentWrite & { readonly model: CountedModel };

/** Whether a document counts. */
export function isCounted(write: DocumentWrite): write is CountedWrite {
  return write.model in countedFields;
}

/** What a document counted for when it was last written; `doc` null = there is none. */
export interface Before {
  readonly ver: number;
  readonly doc: object | null;
}

/** The tallies, and what is known of the documents that they count. */
export class DocumentCounter {
  readonly tallies = new Tallies();
  readonly before = new Map<string, Before>();

  /**
   * Notes a document as it is stored: it has been counted. One that somebody altered so that it cannot be counted stands for
   * nothing; the check tells of it.
   */
  learn(model: CountedModel, id: string, stored: object & { readonly ver: number }): void {
    const doc = isCountable(model, stored) ? picked(model, stored) : null;
    this.before.set(keyOf(model, id), { ver: stored.ver, doc });
  }

  /**
   * Counts a write that is newer than what is known of its document.
   * @param changed takes the names of the tallies that changed
   */
  count({ model, id, ver, doc }: CountedWrite, changed?: Set<string>): void {
    const key = keyOf(model, id);
    const before = this.before.get(key);
    if (before !== undefined && before.ver >= ver) return;
    const becomes = doc === null ? null : picked(model, doc);
    this.before.set(key, { ver, doc: becomes });
    const was = before?.doc ?? null;
    if (isSame(was, becomes)) return;
    if (was !== null) this.tallies.count({ model, doc: was, ver }, -1n, changed);
    if (becomes !== null) this.tallies.count({ model, doc: becomes, ver }, 1n, changed);
  }
}

/** A document of any model by one name. */
export function keyOf(model: CountedModel, id: string): string {
  return `${model} ${id}`;
}

function picked(model: CountedModel, doc: object): object {
  const fields = doc as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    countedFields[model].filter((field) => field !== 'ver').map((field) => [field, fields[field]]),
  );
}

function isCountable(model: CountedModel, stored: object): boolean {
  try {
    let isWhole = true;
    eachCount(model, stored, (_tally, _cell, values) => {
      isWhole &&= values.every((value) => typeof value === 'bigint');
    });
    return isWhole;
  } catch {
    return false;
  }
}

function isSame(left: object | null, right: object | null): boolean {
  if (left === null || right === null) return left === right;
  const [one, other] = [left, right] as Readonly<Record<string, unknown>>[];
  return Object.keys(left).every((field) => String(one?.[field]) === String(other?.[field]));
}
