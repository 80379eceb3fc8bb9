/** One running transaction: typed reads that see its own writes, buffered writes, domain events. */
import { transcode } from 'node:buffer';
import type { Act } from '#kernel/records/common.ts';
import type { DomainEvent } from '#kernel/records/events.ts';
import { envelopeName } from '#kernel/records/events.ts';
import { compositeKey } from '#kernel/records/keys.ts';
import type { ObjectType } from '#kernel/records/keys.ts';
import { asWritten } from './as-written.ts';
import type { IsAsWritten } from './as-written.ts';
import type { Caller } from './caller.ts';
import type { StateStub } from './context.ts';
import { recordSchemas } from './ledger-records.ts';
import type { RecordOf } from './ledger-records.ts';
import { Refusal } from './refusal.ts';
import type { RefusalCode } from './refusal.ts';

/** From about this many characters on two steps through UTF-16 take less time than one to UTF-8. */
const LONG_TEXT = 2000;
let utf16 = Buffer.allocUnsafe(64 << 10);

/** A domain event as a contract emits it; organisations and division may be left out. */
export type EmittedEvent = Pick<DomainEvent, 'type' | 'subject'> & Partial<DomainEvent>;

/** What names a record: its object type and the parts of its key. */
export type RecordKey = readonly [type: ObjectType, parts: readonly string[]];

/** Reads and writes of one transaction on behalf of one caller. Nothing reaches the ledger before `flush`. */
export class Tx {
  readonly caller: Caller;
  readonly txId: string;
  readonly #stub: StateStub;
  readonly #writes = new Map<string, string>();
  readonly #events: DomainEvent[] = [];
  #at: string | null = null;

  constructor(stub: StateStub, caller: Caller) {
    this.caller = caller;
    this.#stub = stub;
    this.txId = stub.getTxID();
  }

  /** The transaction timestamp, ISO 8601 UTC: chosen by the client, recorded, decides nothing. */
  get at(): string {
    return (this.#at ??= timestampOf(this.#stub));
  }

  /** This caller, now: what records keep about who did something. */
  act(): Act {
    return { by: this.caller.userId, orgId: this.caller.orgId, at: this.at, txId: this.txId };
  }

  /** Says which records this transaction is about to read, so that a ledger across a wire hands them over at once. */
  expect(keys: readonly RecordKey[]): void {
    this.#stub.expect?.(keys.map(([type, parts]) => compositeKey(type, parts)));
  }

  /** The record under a key, null when there is none; sees this transaction's own writes, which the ledger does not show. */
  async get<T extends ObjectType>(type: T, parts: readonly string[]): Promise<RecordOf[T] | null> {
    const key = keyOf(type, parts);
    const text = this.#writes.get(key) ?? textOf(await this.#stub.getState(key));
    // Only this package writes these keys, and `put` checked each value: reading does not pay for the check again.
    return text === '' ? null : (JSON.parse(text) as RecordOf[T]);
  }

  /** @throws Refusal with the code when there is no record under the key */
  async must<T extends ObjectType>(
    type: T,
    parts: readonly string[],
    code: RefusalCode = 'NOT_FOUND',
  ): Promise<RecordOf[T]> {
    const found = await this.get(type, parts);
    if (found === null) throw new Refusal(code, { type, key: parts });
    return found;
  }

  /**
   * Writes a record as JSON whose keys stand in the order of the schema, however the value was put together.
   * @throws Error when it breaks its schema: a fault of the contract, not a refusal
   */
  put<T extends ObjectType>(type: T, parts: readonly string[], value: RecordOf[T]): void {
    const record = isAsWritten(type, value) ? value : recordSchemas[type].parse(value);
    this.#writes.set(keyOf(type, parts), JSON.stringify(record));
  }

  /** Writes a record whose key must not exist yet. @throws Refusal with the code when it does */
  async create<T extends ObjectType>(
    type: T,
    parts: readonly string[],
    value: RecordOf[T],
    code: RefusalCode = 'ALREADY_EXISTS',
  ): Promise<void> {
    if ((await this.get(type, parts)) !== null) throw new Refusal(code, { type, key: parts });
    this.put(type, parts, value);
  }

  /** All records of a type whose key begins with these parts, in key order, with this transaction's own writes. */
  async range<T extends ObjectType>(type: T, parts: readonly string[]): Promise<RecordOf[T][]> {
    const prefix = parts.length === 0 ? compositeKey(type, []) : keyOf(type, parts);
    const found = new Map<string, string>();
    const iterator = await this.#stub.getStateByPartialCompositeKey(type, [...parts]);
    for (let step = await iterator.next(); ; step = await iterator.next()) {
      if (step.value !== undefined) found.set(step.value.key, textOf(step.value.value));
      if (step.done === true) break;
    }
    await iterator.close();
    for (const [key, text] of this.#writes) if (key.startsWith(prefix)) found.set(key, text);
    return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => JSON.parse(text) as RecordOf[T]);
  }

  /** Adds a domain event to the one envelope of this transaction. */
  emit(event: EmittedEvent): void {
    this.#events.push({ orgIds: [], division: '', ...event });
  }

  /** Hands all writes, then the one event, to the ledger. Called once, when everything has been decided. */
  async flush(): Promise<void> {
    for (const [key, text] of this.#writes) await this.#stub.putState(key, bytesOf(text));
    if (this.#events.length > 0) {
      const envelope = { v: 1, events: this.#events };
      this.#stub.setEvent(envelopeName, Buffer.from(JSON.stringify(envelope), 'utf8'));
    }
  }
}

const checks = new Map<ObjectType, IsAsWritten>();

function isAsWritten(type: ObjectType, value: unknown): boolean {
  let check = checks.get(type);
  if (check === undefined) checks.set(type, (check = asWritten(recordSchemas[type])));
  return check(value);
}

/** @throws Refusal INVALID_ARGUMENT for a part that could run into the next one */
function keyOf(type: ObjectType, parts: readonly string[]): string {
  const broken = parts.some((part) => part === '' || /[\u0000\uffff\ud800-\udfff]/.test(part));
  if (broken) throw new Refusal('INVALID_ARGUMENT', { type, reason: 'key' });
  return compositeKey(type, parts);
}

function textOf(bytes: Uint8Array | null | undefined): string {
  if (bytes === null || bytes === undefined) return '';
  return (bytes instanceof Buffer ? bytes : Buffer.from(bytes)).toString('utf8');
}

function bytesOf(text: string): Uint8Array {
  if (text.length < LONG_TEXT) return Buffer.from(text, 'utf8');
  if (utf16.length < text.length * 2) utf16 = Buffer.allocUnsafe(text.length * 4);
  return transcode(utf16.subarray(0, utf16.write(text, 'utf16le')), 'utf16le', 'utf8');
}

function timestampOf(stub: StateStub): string {
  const { seconds, nanos } = stub.getTxTimestamp();
  const whole = typeof seconds === 'number' ? seconds : seconds.toNumber();
  return new Date(whole * 1000 + Math.floor(nanos / 1_000_000)).toISOString();
}
