/** Fewer messages between contracts and peer: what a transaction is known to read comes in one, all that it writes goes in one. */

/** What a peer said of itself when the contracts registered: how many keys one message may hold; 0 = one message per key. */
export interface PeerBatches {
  readonly writes: number;
  readonly reads: number;
}

/** Sends one message of the chaincode protocol and waits for the answer's payload. @throws what the peer refuses */
export type AskPeer = (type: number, payload: Uint8Array, method: string) => Promise<Uint8Array>;

/** The part of a call's stub that is taken over; `expect` is added. */
export interface StateStub {
  getState(key: string): Promise<Uint8Array>;
  putState(key: string, value: Uint8Array | string): Promise<unknown>;
  deleteState(key: string): Promise<unknown>;
  expect?(keys: readonly string[]): void;
}

/** The writes of one transaction that the peer has not heard of yet. */
export interface HeldWrites {
  /** Hands them over. @throws what the peer refuses */
  flush(): Promise<void>;
}

/** Types of ChaincodeMessage and WriteRecord in Fabric's `chaincode_shim.proto`. */
const WRITE_BATCH_STATE = 24;
const GET_STATE_MULTIPLE = 25;
const PUT = 9;
const DELETE = 10;
const BYTES = 2;
const CONTINUED = 0x80;

/**
 * Takes over a stub's reads and writes of keys. A key is read once; Fabric shows a transaction its own writes as little then
 * as before. Writes are held until `flush`. With a peer that takes single keys alone, nothing changes but the second read.
 */
export function holdState(stub: StateStub, peer: PeerBatches, ask: AskPeer): HeldWrites {
  const single = stub.getState.bind(stub);
  const read = new Map<string, Promise<Uint8Array>>();
  const keep = (key: string, value: Promise<Uint8Array>): Promise<Uint8Array> => {
    // Who reads the key hears of a failure; nobody may ever read one that was only expected.
    value.catch(() => undefined);
    read.set(key, value);
    return value;
  };
  stub.getState = (key) => read.get(key) ?? keep(key, single(key));
  stub.expect = (keys) => {
    const wanted = [...new Set(keys)].filter((key) => !read.has(key));
    if (peer.reads < 2 || wanted.length < 2) return;
    for (const some of parts(wanted, peer.reads)) {
      const answer = ask(GET_STATE_MULTIPLE, getMultiple(some), 'GetMultipleStates').then(valuesOf);
      for (const [at, key] of some.entries()) void keep(key, answer.then(valueAt(at, some.length)));
    }
  };
  return peer.writes < 2 ? { flush: () => Promise.resolve() } : holdWrites(stub, peer, ask);
}

function holdWrites(stub: StateStub, peer: PeerBatches, ask: AskPeer): HeldWrites {
  const held: Buffer[] = [];
  const hold = (record: Buffer): Promise<void> => {
    held.push(record);
    return Promise.resolve();
  };
  stub.putState = (key, value) =>
    hold(writeRecord(PUT, key, typeof value === 'string' ? Buffer.from(value) : value));
  stub.deleteState = (key) => hold(writeRecord(DELETE, key, null));
  return {
    flush: async () => {
      for (const some of parts(held.splice(0), peer.writes))
        await ask(WRITE_BATCH_STATE, Buffer.concat(some), 'WriteBatch');
    },
  };
}

/** @returns what a READY message's payload (ChaincodeAdditionalParams) says; an older peer sends none */
export function readPeerBatches(payload: Uint8Array): PeerBatches {
  const fields = new Map<number, number>();
  for (let at = 0; at < payload.length;) {
    const tag = varintAt(payload, at);
    const value = varintAt(payload, tag.next);
    fields.set(tag.value >> 3, value.value);
    at = value.next;
  }
  const [useWrites = 0, writes = 0, useReads = 0, reads = 0] = [1, 2, 3, 4].map((field) => fields.get(field));
  return { writes: useWrites === 0 ? 0 : writes, reads: useReads === 0 ? 0 : reads };
}

/** The peer answers with nothing when its database fails, so the number of values is held against that of the keys. */
function valueAt(at: number, count: number): (values: readonly Uint8Array[]) => Uint8Array {
  return (values) => {
    const value = values[at];
    if (value === undefined || values.length !== count) throw new Error('the peer did not answer every key');
    return value;
  };
}

/** Of one WriteBatchState: field 1, a WriteRecord of key (1), value (2) and type (5). */
function writeRecord(type: number, key: string, value: Uint8Array | null): Buffer {
  const keyBytes = Buffer.byteLength(key);
  const inner = fieldSize(keyBytes) + (value === null ? 0 : fieldSize(value.length)) + 2;
  const bytes = Buffer.allocUnsafe(fieldSize(inner));
  let at = head(bytes, { at: 0, field: 1, length: inner });
  at = head(bytes, { at, field: 1, length: keyBytes });
  at += bytes.write(key, at);
  if (value !== null) {
    at = head(bytes, { at, field: 2, length: value.length });
    bytes.set(value, at);
    at += value.length;
  }
  bytes[at] = 5 << 3;
  bytes[at + 1] = type;
  return bytes;
}

/** GetStateMultiple: field 1, the keys. */
function getMultiple(keys: readonly string[]): Buffer {
  const sizes = keys.map((key) => Buffer.byteLength(key));
  const bytes = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + fieldSize(size), 0));
  let at = 0;
  for (const [index, key] of keys.entries()) {
    at = head(bytes, { at, field: 1, length: sizes[index] ?? 0 });
    at += bytes.write(key, at);
  }
  return bytes;
}

/** GetStateMultipleResult: field 1, the values; empty for a key that is not there. */
function valuesOf(payload: Uint8Array): Uint8Array[] {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  const values: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const tag = varintAt(bytes, at);
    const length = varintAt(bytes, tag.next);
    at = length.next + length.value;
    values.push(bytes.subarray(length.next, at));
  }
  return values;
}

/** Writes tag and length of a field of bytes. @returns where its content begins */
function head(bytes: Buffer, place: { at: number; field: number; length: number }): number {
  let { at, length } = place;
  bytes[at++] = (place.field << 3) | BYTES;
  for (; length >= CONTINUED; length = Math.floor(length / CONTINUED))
    bytes[at++] = (length % CONTINUED) + CONTINUED;
  bytes[at++] = length;
  return at;
}

/** Bytes of a field with its tag, its length and so much content. */
function fieldSize(content: number): number {
  let size = 2 + content;
  for (let rest = content; rest >= CONTINUED; rest = Math.floor(rest / CONTINUED)) size++;
  return size;
}

function varintAt(bytes: Uint8Array, from: number): { readonly value: number; readonly next: number } {
  let value = 0;
  let factor = 1;
  let at = from;
  for (; (bytes[at] ?? 0) >= CONTINUED; at++, factor *= CONTINUED)
    value += ((bytes[at] ?? 0) - CONTINUED) * factor;
  return { value: value + (bytes[at] ?? 0) * factor, next: at + 1 };
}

function parts<T>(all: readonly T[], most: number): T[][] {
  const count = Math.ceil(all.length / most);
  return Array.from({ length: count }, (_, index) => all.slice(index * most, (index + 1) * most));
}
