// Owns what every command works with: the request's fields, checked, and the parts of the server.
import { MongoError } from '../errors.ts';
import { isNumber, toDouble } from '../values/numbers.ts';
import { decode } from '../values/decode.ts';
import { readStatement } from '../updates/raw-replacement.ts';
import { encode } from '../values/encode.ts';
import { isDoc, typeName, type Doc, type Value } from '../values/types.ts';
import type { Request } from '../wire/message.ts';
import type { Namespace, Store } from '../storage/store.ts';
import type { Rows } from '../storage/rows.ts';
import type { Cursors } from './cursors.ts';
import type { Reads } from './reads.ts';
import type { IndexBuilds } from '../storage/index-build.ts';
import type { Workers } from '../storage/workers.ts';
import type { Stats } from './stats.ts';

/** The parts of the server that commands use. */
export interface Context {
  readonly store: Store;
  readonly rows: Rows;
  readonly reads: Reads;
  readonly cursors: Cursors;
  readonly builds: IndexBuilds;
  readonly workers: Workers;
  readonly stats: Stats;
}

/** Runs one command. */
export type Command = (call: Call, context: Context) => Doc | Promise<Doc>;

/** A command's own fields with the checks that they all need. */
export class Call {
  readonly name: string;
  readonly body: Doc;
  readonly #request: Request;

  constructor(request: Request) {
    this.#request = request;
    this.body = request.body;
    this.name = request.body.keys().next().value ?? '';
  }

  /** The database the command is for. */
  get db(): string {
    const db = this.body.get('$db');
    if (typeof db !== 'string') throw new MongoError(40571, 'OP_MSG requests require a $db argument');
    if (db === '' || /[\0/\\. "$*<>:|?]/.test(db) || Buffer.byteLength(db) > 63)
      throw new MongoError(73, `Invalid database name: '${db}'`);
    return db;
  }

  /** The collection that the command's first field names. */
  get ns(): Namespace {
    const name = this.body.get(this.name);
    if (typeof name !== 'string')
      throw new MongoError(73, `collection name has invalid type ${typeName(name)}`);
    if (name === '' || /[\0$]/.test(name) || /^\.|\.$/.test(name))
      throw new MongoError(73, `Invalid namespace specified '${this.db}.${name}'`);
    return { db: this.db, name };
  }

  /** @throws MongoError for a field of the command that is not known. */
  allow(...known: readonly string[]): void {
    for (const key of this.body.keys())
      if (key !== this.name && !known.includes(key) && !common.has(key))
        throw new MongoError(40415, `BSON field '${this.name}.${key}' is an unknown field.`);
  }

  /** A field that is a document; empty when missing. */
  doc(name: string): Doc {
    const value = this.body.get(name);
    if (value === undefined || value === null) return new Map();
    if (isDoc(value)) return value;
    throw new MongoError(
      14,
      `BSON field '${this.name}.${name}' is the wrong type '${typeName(value)}', expected type 'object'`,
    );
  }

  /** A field that is a whole number not below zero; undefined when missing. */
  count(name: string): number | undefined {
    const value = this.body.get(name);
    if (value === undefined || value === null) return undefined;
    const number = isNumber(value) ? Math.trunc(toDouble(value)) : NaN;
    if (Number.isNaN(number))
      throw new MongoError(
        14,
        `BSON field '${this.name}.${name}' is the wrong type '${typeName(value)}', expected a number`,
      );
    if (number < 0)
      throw new MongoError(2, `BSON field '${name}' value must be >= 0, actual value '${number}'`);
    return number;
  }

  /** A list of documents in bytes, from the body or from a document sequence. */
  rawList(name: string): readonly Uint8Array[] {
    const sequence = this.#request.sequences.get(name);
    if (sequence !== undefined) return sequence;
    return this.#listInBody(name).map((value) => encode(value));
  }

  /** A list of documents, decoded. */
  docList(name: string): readonly Doc[] {
    const sequence = this.#request.sequences.get(name);
    return sequence === undefined ? this.#listInBody(name) : sequence.map((bytes) => decode(bytes));
  }

  /** Update statements, decoded; a replacement among them stays in its bytes where it can. */
  updateList(name: string): readonly Doc[] {
    const sequence = this.#request.sequences.get(name);
    return sequence === undefined ? this.#listInBody(name) : sequence.map(readStatement);
  }

  #listInBody(name: string): readonly Doc[] {
    const value = this.body.get(name);
    if (value === undefined)
      throw new MongoError(40414, `BSON field '${this.name}.${name}' is missing but a required field`);
    if (!Array.isArray(value))
      throw new MongoError(
        14,
        `BSON field '${this.name}.${name}' is the wrong type '${typeName(value)}', expected type 'array'`,
      );
    return value.map((item) => {
      if (isDoc(item)) return item;
      throw new MongoError(
        14,
        `BSON field '${this.name}.${name}' holds a '${typeName(item)}', expected type 'object'`,
      );
    });
  }
}

/** Fields that any command may carry and that need nothing done on a standalone server. */
const common = new Set([
  '$db',
  'lsid',
  '$clusterTime',
  '$readPreference',
  'readConcern',
  'writeConcern',
  'comment',
  'maxTimeMS',
  'apiVersion',
  'apiStrict',
  'apiDeprecationErrors',
  'maxTimeMSOpOnly',
]);

/** The `ok: 1` that ends an answer. */
export function ok(...fields: [string, Value | undefined][]): Doc {
  const made: Doc = new Map();
  for (const [key, value] of fields) if (value !== undefined) made.set(key, value);
  return made.set('ok', 1);
}
