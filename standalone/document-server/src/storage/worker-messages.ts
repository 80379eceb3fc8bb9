// Owns the plain data that workers and the server exchange: results with their documents in one buffer.
import type { JobResult } from '../planner/jobs.ts';

/** A read's result with its documents laid end to end. */
export interface PackedResult {
  readonly bytes: Uint8Array;
  readonly docs: number;
  readonly rest: number;
  readonly position: JobResult['position'];
  readonly rows: readonly number[];
}

/** Asks for the keys of documents after a row. */
export interface IndexPageJob {
  readonly db: string;
  readonly name: string;
  readonly index: number;
  readonly after: number;
}

/** Keys of documents, laid end to end: per document its row and number of keys, per key its length. */
export interface IndexPage {
  readonly rows: readonly number[];
  readonly counts: readonly number[];
  readonly lengths: readonly number[];
  readonly bytes: Uint8Array;
  readonly multikey: readonly boolean[];
  readonly done: boolean;
}

/** The parts laid end to end in a buffer of their own. */
export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let size = 0;
  for (const part of parts) size += part.length;
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** The result as it travels, with the buffer that is handed over. */
export function packResult(result: JobResult): { packed: PackedResult; buffer: ArrayBuffer } {
  const bytes = joined([...result.docs, ...result.rest]);
  const { position, rows } = result;
  return {
    packed: { bytes, docs: result.docs.length, rest: result.rest.length, position, rows },
    buffer: bytes.buffer,
  };
}

/** The result as it was. Each document begins with its length. */
export function unpackResult(packed: PackedResult): JobResult {
  const view = new DataView(packed.bytes.buffer, packed.bytes.byteOffset, packed.bytes.byteLength);
  const all: Uint8Array[] = [];
  for (let at = 0; at < packed.bytes.length;) {
    const size = view.getInt32(at, true);
    all.push(packed.bytes.subarray(at, at + size));
    at += size;
  }
  return {
    docs: all.slice(0, packed.docs),
    rest: all.slice(packed.docs),
    position: packed.position,
    rows: packed.rows,
  };
}
