/** What every document of the read model carries besides its own fields: where on the ledger it comes from. */
import { Schema } from 'mongoose';
import type { SchemaDefinition } from 'mongoose';

/** Place of a valid transaction on the ledger. */
export interface Stamp {
  /** Number of the block. */
  readonly block: number;
  /** Position in the block, from 0. */
  readonly txIndex: number;
  readonly txId: string;
  /** When the ledger appended the block, UTC. */
  readonly at: Date;
}

/** Common part of every derived document. */
export interface Derived {
  /** Parts of the ledger key joined by `~`. */
  readonly _id: string;
  /** Version: later writes on the ledger have the greater one (see `versionOf`). */
  readonly ver: number;
  /** Block whose write this document shows. */
  readonly block: number;
  readonly txIndex: number;
  readonly txId: string;
  /** When the thing came to be (timestamp of its first transaction). */
  readonly createdAt: Date;
  /** When the block of the newest write was appended. */
  readonly updatedAt: Date;
}

/** Fields by which a document is shown only to those concerned (reference: R6). */
export interface Scoped {
  /** Administrative division, 2, 4, 6 or 9 digits. */
  readonly division: string;
  /** The division and those above it; set when the document is stored, since it follows from the division. */
  readonly divisions?: readonly string[];
  /** Ids of the organisations concerned. */
  readonly parties: readonly string[];
}

/** A derived document that shows one ledger record whole. */
export interface OfRecord<T> {
  /** The record as it stands on the ledger; amounts in it are decimal strings. */
  readonly record: T;
}

const TRANSACTIONS_PER_BLOCK = 100_000;

/** One number that orders all transactions of a channel: block first, then position. */
export function versionOf(stamp: Pick<Stamp, 'block' | 'txIndex'>): number {
  return stamp.block * TRANSACTIONS_PER_BLOCK + stamp.txIndex;
}

/** The derived fields of a document `id` that the transaction at `stamp` wrote; `createdAt` is ISO 8601. */
export function derivedFields(id: string, stamp: Stamp, createdAt: string): Derived {
  return {
    _id: id,
    ver: versionOf(stamp),
    block: stamp.block,
    txIndex: stamp.txIndex,
    txId: stamp.txId,
    createdAt: new Date(createdAt),
    updatedAt: stamp.at,
  };
}

/** Distinct, non-empty, sorted ids. */
export function distinct(ids: readonly (string | null | undefined)[]): string[] {
  return [...new Set(ids.filter((id): id is string => id !== null && id !== undefined && id !== ''))].sort();
}

/** A division and those above it, province first: one equality with any of them finds all that lies below, in the order of an index. */
export function divisionsOf(division: string): string[] {
  return [2, 4, 6, 9]
    .filter((digits) => digits <= division.length)
    .map((digits) => division.slice(0, digits));
}

/** Schema of the derived fields, to be spread into a schema's definition. */
export const derivedDefinition = {
  _id: { type: String, required: true },
  ver: { type: Number, required: true },
  block: { type: Number, required: true },
  txIndex: { type: Number, required: true },
  txId: { type: String, default: '' },
  createdAt: { type: Date, required: true },
  updatedAt: { type: Date, required: true },
} satisfies SchemaDefinition;

/** Schema of the scope fields. */
export const scopeDefinition = {
  division: { type: String, default: '' },
  divisions: { type: [String], default: [] },
  parties: { type: [String], required: true },
} satisfies SchemaDefinition;

/** Schema of the whole record. */
export const recordDefinition = {
  record: { type: Schema.Types.Mixed, required: true },
} satisfies SchemaDefinition;

/** Required text; text or null; required date; date or null; fen as a 64-bit integer. */
export const fieldTypes = {
  text: { type: String, required: true },
  textOrNull: { type: String, default: null },
  date: { type: Date, required: true },
  dateOrNull: { type: Date, default: null },
  fen: { type: BigInt, required: true },
  count: { type: Number, required: true },
  countOrNull: { type: Number, default: null },
  flag: { type: Boolean, required: true },
  texts: { type: [String], required: true },
  mixed: { type: Schema.Types.Mixed },
} as const;

/**
 * A schema for one derived collection: no version key, indexes made by `ensureIndexes` alone.
 * @param collection name in the database
 * @param definition fields besides `derivedDefinition`
 */
export function derivedSchema<T>(collection: string, definition: SchemaDefinition): Schema<T> {
  return new Schema<T>(
    { ...derivedDefinition, ...definition } as never,
    {
      collection,
      versionKey: false,
      autoIndex: false,
      minimize: false,
    } as never,
  );
}
