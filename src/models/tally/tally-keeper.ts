/**
 * Keeps the tallies beside the documents: before documents are written, the difference to what they were is counted.
 * A crash repeats the batch, and nothing is counted twice: tallies are stored before the documents, so a document that is
 * stored was counted, and each tally knows the version up to which it has counted.
 */
import type { Connection, mongo } from 'mongoose';
import { ProjectionError } from '../../blockchain/projector/projection.port.ts';
import type { DocumentWrite } from '../read-model/record-projections.ts';
import { nativeCollection } from '../read-model/write-batch.ts';
import { DocumentCounter, isCounted, keyOf, type CountedWrite } from './document-counter.ts';
import { Tally, tallyCollection, type TallyDoc } from './tallies.ts';
import { countedFields, eachCount, type CountedModel } from './tally.rules.ts';

const CHUNK = 500;
/** Documents, and tallies, that stay in memory between batches. */
const KEPT = { documents: 10_000, tallies: 2_000 };
const DUPLICATE_KEY = 11000;

/** Counts writes and stores the tallies they change. */
export class TallyKeeper {
  readonly #connection: Connection;
  /** What it does not know does not exist. */
  #isWhole: boolean;
  #counter = new DocumentCounter();

  /** @param isWhole nothing is stored yet, so that nothing need be loaded */
  constructor(connection: Connection, isWhole: boolean) {
    this.#connection = connection;
    this.#isWhole = isWhole;
  }

  /**
   * Counts these writes, in their order, and stores the tallies; the documents must be written afterwards.
   * @throws whatever the database throws; the keeper must then be made anew
   */
  async count(writes: readonly DocumentWrite[]): Promise<void> {
    const counted = writes.filter(isCounted);
    if (!this.#isWhole) await this.#load(counted);
    const changed = new Set<string>();
    for (const write of counted) this.#counter.count(write, changed);
    await this.#store([...changed]);
    this.#trim();
  }

  /**
   * A document that is stored as these writes leave it, or later, was counted by another projector, or by this one before a
   * crash: in the stored tallies, which are at least as new, and not in those that stand here.
   */
  async #load(writes: readonly CountedWrite[]): Promise<void> {
    await this.#loadDocuments(writes);
    if (writes.some(({ model, id, ver }) => (this.#counter.before.get(keyOf(model, id))?.ver ?? -1) >= ver)) {
      this.#counter = new DocumentCounter();
      await this.#loadDocuments(writes);
    }
    await this.#loadTallies(writes);
  }

  /** What the stored documents count for, so far as it is not known. */
  async #loadDocuments(writes: readonly CountedWrite[]): Promise<void> {
    const wanted = new Map<CountedModel, Set<string>>();
    for (const { model, id } of writes) {
      if (this.#counter.before.has(keyOf(model, id))) continue;
      wanted.set(model, (wanted.get(model) ?? new Set()).add(id));
    }
    await Promise.all([...wanted].map(([model, ids]) => this.#loadOf(model, [...ids])));
  }

  async #loadOf(model: CountedModel, ids: readonly string[]): Promise<void> {
    const projection = Object.fromEntries(countedFields[model].map((field) => [field, 1]));
    for (const _id of chunksOf(ids)) {
      const options = { projection, useBigInt64: true };
      const rows = nativeCollection(this.#connection, model).find({ _id: { $in: _id } }, options);
      for await (const row of rows) this.#counter.learn(model, row._id, row);
    }
  }

  async #loadTallies(writes: readonly CountedWrite[]): Promise<void> {
    const { tallies, before } = this.#counter;
    const missing = new Set<string>();
    const need = (id: string): void => {
      if (tallies.get(id) === undefined) missing.add(id);
    };
    for (const { model, id, doc } of writes) {
      const was = before.get(keyOf(model, id))?.doc ?? null;
      for (const one of [was, doc]) if (one !== null) eachCount(model, one, need);
    }
    for (const _id of chunksOf([...missing])) {
      const rows = tallyRows(this.#connection).find({ _id: { $in: _id } }, { useBigInt64: true });
      for await (const row of rows) tallies.set(row._id, new Tally(wellFormed(row)));
    }
  }

  async #store(ids: readonly string[]): Promise<void> {
    for (const chunk of chunksOf(ids)) {
      const operations = chunk.flatMap((id) => {
        const tally = this.#counter.tallies.get(id);
        return tally === undefined ? [] : [operationOf(tally.row(id))];
      });
      await write(tallyRows(this.#connection), operations);
    }
  }

  #trim(): void {
    const { before, tallies } = this.#counter;
    if (before.size > KEPT.documents || tallies.size > KEPT.tallies) this.#isWhole = false;
    for (const key of before.keys()) {
      if (before.size <= KEPT.documents) break;
      before.delete(key);
    }
    for (const id of tallies.ids.slice(0, Math.max(0, tallies.size - KEPT.tallies))) tallies.forget(id);
  }
}

/** @throws ProjectionError for a tally that somebody spoilt: going on from it would show wrong sums */
function wellFormed(row: TallyDoc): TallyDoc {
  const { _id, ver, cells } = row as { readonly _id: string; readonly ver: unknown; readonly cells: unknown };
  const isCell = ({ name, values }: Record<string, unknown>): boolean =>
    typeof name === 'string' && Array.isArray(values) && values.every((value) => typeof value === 'bigint');
  if (typeof ver === 'number' && Array.isArray(cells) && cells.every(isCell)) return row;
  throw new ProjectionError(`The kept sums "${_id}" are spoilt. Run "npm run rebuild".`);
}

/** The driver's collection of tallies. */
export function tallyRows(connection: Connection): mongo.Collection<TallyDoc> {
  return connection.getClient().db(connection.name).collection<TallyDoc>(tallyCollection);
}

function chunksOf(ids: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(ids.length / CHUNK) }, (_, at) =>
    ids.slice(at * CHUNK, (at + 1) * CHUNK),
  );
}

function operationOf({ _id, ...replacement }: TallyDoc): mongo.AnyBulkWriteOperation<TallyDoc> {
  const filter = { _id, ver: { $lte: replacement.ver } };
  return { replaceOne: { filter, replacement, upsert: true } };
}

async function write(
  collection: mongo.Collection<TallyDoc>,
  operations: mongo.AnyBulkWriteOperation<TallyDoc>[],
): Promise<void> {
  try {
    await collection.bulkWrite(operations, { ordered: false });
  } catch (error) {
    // A newer tally is stored: another projector is ahead.
    const { writeErrors = [] } = error as { writeErrors?: mongo.WriteError | mongo.WriteError[] };
    const failures = [writeErrors].flat();
    if (failures.length === 0 || failures.some(({ code }) => code !== DUPLICATE_KEY)) throw error;
  }
}
