/** The check of the kept counts and sums: added up anew over the documents, and where they differ, over the blocks. */
import type { Connection } from 'mongoose';
import { DocumentCounter, isCounted } from '../tally/document-counter.ts';
import { Tallies, type TallyDoc } from '../tally/tallies.ts';
import { tallyRows } from '../tally/tally-keeper.ts';
import { countedFields, type CountedModel } from '../tally/tally.rules.ts';
import { differingFields } from './canonical.ts';
import type { ReadModelDifference } from './check-report.ts';
import type { ReadModelName } from './read-models.ts';
import type { DocumentWrite } from './record-projections.ts';
import type { Row } from './write-batch.ts';

/** Adds up what stored documents count for. */
export class TallySums {
  readonly #tallies = new Tallies();

  add(model: ReadModelName, row: Row): void {
    if (model in countedFields)
      this.#tallies.count({ model: model as CountedModel, doc: row, ver: row.ver }, 1n);
  }

  /**
   * Names of the tallies that differ from these sums.
   * @param end version that no block has reached
   */
  async suspects(connection: Connection, end: number): Promise<string[]> {
    const missing = new Set(this.#tallies.ids.filter((id) => cellsOf(this.#tallies, id).length > 0));
    const found: string[] = [];
    for await (const row of tallyRows(connection).find({}, { useBigInt64: true })) {
      missing.delete(row._id);
      const isSame = differingFields(cellsOf(this.#tallies, row._id), row.cells).length === 0;
      if (!isSame || row.ver >= end) found.push(row._id);
    }
    return [...found, ...missing];
  }
}

/** What a suspect tally is by the blocks, and whether a stored one may have moved on meanwhile. */
export interface TallyTruth {
  readonly writes: AsyncIterable<DocumentWrite>;
  readonly isInMotion: (ver: number) => Promise<boolean>;
}

/** Looks at suspects again, by all that the blocks give; what every document counts for stays in memory meanwhile. */
export async function confirmTallies(
  connection: Connection,
  suspects: readonly string[],
  { writes, isInMotion }: TallyTruth,
): Promise<ReadModelDifference[]> {
  const counter = new DocumentCounter();
  for await (const write of writes) if (isCounted(write)) counter.count(write);
  const found: ReadModelDifference[] = [];
  for (const id of suspects) {
    const stored = await tallyRows(connection).findOne({ _id: id }, { useBigInt64: true });
    if (stored !== null && (await isInMotion(stored.ver))) continue;
    const expected = counter.tallies.get(id)?.row(id) ?? null;
    found.push(...differenceOf(id, expected, stored));
  }
  return found;
}

function cellsOf(tallies: Tallies, id: string): TallyDoc['cells'] {
  return tallies.get(id)?.row(id).cells ?? [];
}

function differenceOf(id: string, expected: TallyDoc | null, stored: TallyDoc | null): ReadModelDifference[] {
  const model = 'tally';
  if (stored === null) return expected === null ? [] : [{ kind: 'missing', model, id }];
  if (expected === null) return [{ kind: 'surplus', model, id }];
  const fields = differingFields(expected, { ...stored, ver: stored.ver });
  return fields.length === 0 ? [] : [{ kind: 'altered', model, id, fields }];
}
