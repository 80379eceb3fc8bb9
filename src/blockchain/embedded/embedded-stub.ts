/** The chaincode stub a contract is given: Fabric's API over one simulation on the committed state. */
import { createRequire } from 'node:module';
import type { Iterators, SerializedIdentity, StateQueryResponse, Timestamp } from 'fabric-shim-api';
import { createCompositeKey, isComposite, LAST_CODE_POINT, splitCompositeKey } from './composite-key.ts';
import { iterable, ListResults, RangeResults, type IterablePromise } from './range-results.ts';
import type { Simulation } from './simulation.ts';

type StateIterator = Iterators.StateQueryIterator;
type KeyValue = Iterators.KV;
type HistoryIterator = Iterators.HistoryQueryIterator;
type KeyModification = Iterators.KeyModification;

const Long = createRequire(createRequire(import.meta.url).resolve('fabric-shim'))('long') as {
  fromNumber(value: number, unsigned: boolean): Timestamp['seconds'];
};
const FIRST_SIMPLE_KEY = '\u0001';

/** What the stub tells the contract about its transaction. */
export interface StubTransaction {
  readonly transactionId: string;
  readonly channel: string;
  /** Function name as `contract:fn`, then the arguments. */
  readonly args: readonly string[];
  readonly creator: SerializedIdentity;
  readonly timestampMs: number;
}

/** Finds a key's past values, newest first. */
export type HistoryReader = (key: string) => Promise<readonly KeyModification[]>;

/** ms since epoch as the protobuf timestamp fabric-shim hands out. */
export function toTimestamp(ms: number): Timestamp {
  return { seconds: Long.fromNumber(Math.floor(ms / 1000), true), nanos: (ms % 1000) * 1_000_000 };
}

/** Fabric's stub without private data, rich queries, key-level policies and calls to other chaincodes: those are refused. */
export class EmbeddedStub {
  readonly #transaction: StubTransaction;
  readonly #simulation: Simulation;
  readonly #history: HistoryReader;

  constructor(transaction: StubTransaction, simulation: Simulation, history: HistoryReader) {
    this.#transaction = transaction;
    this.#simulation = simulation;
    this.#history = history;
  }

  getArgs(): string[] {
    return [...this.#transaction.args];
  }

  getStringArgs(): string[] {
    return this.getArgs();
  }

  getBufferArgs(): Buffer[] {
    return this.#transaction.args.map((arg) => Buffer.from(arg));
  }

  getFunctionAndParameters(): { fcn: string; params: string[] } {
    const [fcn = '', ...params] = this.#transaction.args;
    return { fcn, params };
  }

  getTxID(): string {
    return this.#transaction.transactionId;
  }

  getChannelID(): string {
    return this.#transaction.channel;
  }

  getCreator(): SerializedIdentity {
    return this.#transaction.creator;
  }

  getTransient(): Map<string, Uint8Array> {
    return new Map();
  }

  getTxTimestamp(): Timestamp {
    return toTimestamp(this.#transaction.timestampMs);
  }

  getDateTimestamp(): Date {
    return new Date(this.#transaction.timestampMs);
  }

  /** The committed value; empty bytes when absent, as fabric-shim gives. */
  // eslint-disable-next-line @typescript-eslint/require-await -- fabric-shim's signature: errors are rejections
  async getState(key: string): Promise<Uint8Array> {
    return this.#simulation.read(key) ?? Buffer.alloc(0);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- fabric-shim's signature: errors are rejections
  async putState(key: string, value: Uint8Array | string): Promise<void> {
    this.#simulation.write(key, typeof value === 'string' ? Buffer.from(value) : value);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- fabric-shim's signature: errors are rejections
  async deleteState(key: string): Promise<void> {
    this.#simulation.write(key, null);
  }

  setEvent(name: string, payload: Uint8Array): void {
    if (typeof name !== 'string' || name === '') throw new Error('Event name must be a non-empty string');
    this.#simulation.setEvent({ name, payload: Buffer.from(payload).toString() });
  }

  createCompositeKey(objectType: string, attributes: string[]): string {
    return createCompositeKey(objectType, attributes);
  }

  splitCompositeKey(key: string): { objectType: string; attributes: string[] } {
    return splitCompositeKey(key);
  }

  getStateByRange(startKey: string, endKey: string): IterablePromise<StateIterator, KeyValue> {
    return iterable(this.#simpleRange(startKey, endKey, Infinity), (iterator) => iterator);
  }

  getStateByPartialCompositeKey(
    objectType: string,
    attributes: string[],
  ): IterablePromise<StateIterator, KeyValue> {
    const start = createCompositeKey(objectType, attributes);
    return iterable(
      Promise.resolve(this.#range(start, start + LAST_CODE_POINT, Infinity)),
      (iterator) => iterator,
    );
  }

  getStateByRangeWithPagination(
    startKey: string,
    endKey: string,
    pageSize: number,
    bookmark = '',
  ): IterablePromise<StateQueryResponse<StateIterator>, KeyValue> {
    return iterable(
      this.#page(bookmark || startKey || FIRST_SIMPLE_KEY, endKey, pageSize),
      (page) => page.iterator,
    );
  }

  getStateByPartialCompositeKeyWithPagination(
    objectType: string,
    attributes: string[],
    pageSize: number,
    bookmark = '',
  ): IterablePromise<StateQueryResponse<StateIterator>, KeyValue> {
    const start = createCompositeKey(objectType, attributes);
    return iterable(
      this.#page(bookmark || start, start + LAST_CODE_POINT, pageSize),
      (page) => page.iterator,
    );
  }

  getHistoryForKey(key: string): IterablePromise<HistoryIterator, KeyModification> {
    const found = this.#history(key).then((rows): HistoryIterator => new ListResults(rows));
    return iterable(found, (iterator) => iterator);
  }

  getQueryResult(): never {
    return refuse('getQueryResult: rich queries');
  }

  getQueryResultWithPagination(): never {
    return refuse('getQueryResultWithPagination: rich queries');
  }

  invokeChaincode(): never {
    return refuse('invokeChaincode: calls to other chaincodes');
  }

  getPrivateData(): never {
    return refuse('getPrivateData: private data');
  }

  putPrivateData(): never {
    return refuse('putPrivateData: private data');
  }

  #range(start: string, end: string, limit: number): StateIterator {
    const { range, walk } = this.#simulation.openRange(start, end);
    return new RangeResults(walk, range, limit);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- fabric-shim's signature: errors are rejections
  async #simpleRange(startKey: string, endKey: string, limit: number): Promise<StateIterator> {
    for (const key of [startKey, endKey]) {
      if (isComposite(key))
        throw new Error('a range of simple keys must not begin or end in the composite name space');
    }
    return this.#range(startKey || FIRST_SIMPLE_KEY, endKey, limit);
  }

  async #page(start: string, end: string, pageSize: number): Promise<StateQueryResponse<StateIterator>> {
    this.#simulation.notePagination();
    const results = this.#range(start, end, pageSize + 1);
    const rows: KeyValue[] = [];
    for (let row = await results.next(); !row.done; row = await results.next()) rows.push(row.value);
    await results.close();
    const bookmark = rows[pageSize]?.key ?? '';
    const page = rows.slice(0, pageSize);
    return { iterator: new ListResults(page), metadata: { fetchedRecordsCount: page.length, bookmark } };
  }
}

function refuse(what: string): never {
  throw new Error(`${what} are not offered by this ledger`);
}
