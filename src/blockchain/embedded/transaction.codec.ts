/** The body of a transaction: what the caller signed and what the contract read and wrote, as its leaf hash covers it. */
import { hash } from 'node:crypto';
import { ByteReader, ByteWriter } from './bytes.codec.ts';
import { decodeCreator, decodeProposal, transactionIdOf } from './proposal.codec.ts';
import type { LedgerEvent, LedgerRead, LedgerTransaction, ValidationCode } from '../ledger.port.ts';

/** One range a transaction walked: keys `start` (included) to `end` (left out unless the walk stopped there). */
export interface RangeRead {
  readonly start: string;
  /** '' means to the end of the key space. */
  readonly end: string;
  /** False when the contract stopped before the end: `end` is then the last key it saw, included. */
  readonly exhausted: boolean;
  readonly seen: readonly LedgerRead[];
}

/** One key a simulation writes; the value is UTF-8, null deletes. */
export interface StateWrite {
  readonly key: string;
  readonly value: Buffer | null;
}

/** What a simulation read and wrote. */
export interface ReadWriteSet {
  readonly reads: readonly LedgerRead[];
  readonly ranges: readonly RangeRead[];
  readonly writes: readonly StateWrite[];
  readonly event: LedgerEvent | null;
}

/** All parts of a transaction body. */
export interface TransactionBody extends ReadWriteSet {
  readonly proposal: Buffer;
  readonly signature: Buffer;
  readonly result: string;
}

const CODES: readonly ValidationCode[] = [
  'VALID',
  'MVCC_READ_CONFLICT',
  'PHANTOM_READ_CONFLICT',
  'DUPLICATE_TXID',
  'BAD_SIGNATURE',
];

/** The byte a validation code has in a block. */
export function codeToByte(code: ValidationCode): number {
  return CODES.indexOf(code);
}

/** @throws RangeError for a byte that is no validation code */
export function byteToCode(byte: number): ValidationCode {
  const code = CODES[byte];
  if (code === undefined) throw new RangeError(`unknown validation code ${byte}`);
  return code;
}

/** Bodies are written one after the other, so they share the memory they grow in. */
const bodyWriter = new ByteWriter();

/** The bytes of a transaction body. */
export function encodeBody(body: TransactionBody): Buffer {
  const writer = bodyWriter.reset();
  writer.bytes(body.proposal);
  writer.bytes(body.signature);
  writer.text(body.result);
  writeReads(writer, body.reads);
  writer.varint(body.ranges.length);
  for (const range of body.ranges) {
    writer.text(range.start);
    writer.text(range.end);
    writer.byte(range.exhausted ? 1 : 0);
    writeReads(writer, range.seen);
  }
  writer.varint(body.writes.length);
  for (const write of body.writes) {
    writer.text(write.key);
    writer.byte(write.value === null ? 0 : 1);
    if (write.value !== null) writer.bytes(write.value);
  }
  writer.byte(body.event ? 1 : 0);
  if (body.event) {
    writer.text(body.event.name);
    writer.text(body.event.payload);
  }
  return writer.finish();
}

/** All parts of a body. @throws RangeError when the bytes are cut or of another format */
export function decodeBody(bytes: Buffer): TransactionBody {
  const reader = new ByteReader(bytes);
  const proposal = reader.bytes();
  const signature = reader.bytes();
  const result = reader.text();
  return { proposal, signature, result, ...readSets(reader) };
}

/** Only what validation and the event need; the proposal is passed over. */
export function decodeReadWriteSet(bytes: Buffer): ReadWriteSet & { readonly result: string } {
  const reader = new ByteReader(bytes);
  reader.skip();
  reader.skip();
  const result = reader.text();
  return { result, ...readSets(reader) };
}

/** A transaction as the port shows it. */
export function toLedgerTransaction(bytes: Buffer, code: ValidationCode): LedgerTransaction {
  const body = decodeBody(bytes);
  const proposal = decodeProposal(body.proposal);
  return {
    transactionId: transactionIdOf(proposal.nonce, proposal.creator),
    code,
    contract: proposal.call.contract,
    fn: proposal.call.fn,
    args: proposal.call.args,
    creator: decodeCreator(proposal.creator),
    timestampMs: proposal.timestampMs,
    result: body.result,
    reads: body.reads,
    writes: body.writes.map(({ key, value }) => ({ key, value: value === null ? null : value.toString() })),
    event: body.event,
    signature: body.signature.toString('base64'),
  };
}

/** SHA-256 over the body. */
export function bodyHash(bytes: Buffer): Buffer {
  return hash('sha256', bytes, 'buffer');
}

function writeReads(writer: ByteWriter, reads: readonly LedgerRead[]): void {
  writer.varint(reads.length);
  for (const read of reads) {
    writer.text(read.key);
    if (read.version === null) {
      writer.varint(0);
    } else {
      writer.varint(read.version[0] + 1);
      writer.varint(read.version[1]);
    }
  }
}

function readReads(reader: ByteReader): LedgerRead[] {
  const count = reader.varint();
  const reads: LedgerRead[] = [];
  for (let index = 0; index < count; index++) {
    const key = reader.text();
    const block = reader.varint();
    reads.push({ key, version: block === 0 ? null : [block - 1, reader.varint()] });
  }
  return reads;
}

function readSets(reader: ByteReader): ReadWriteSet {
  const reads = readReads(reader);
  const rangeCount = reader.varint();
  const ranges: RangeRead[] = [];
  for (let index = 0; index < rangeCount; index++) {
    const start = reader.text();
    const end = reader.text();
    ranges.push({ start, end, exhausted: reader.byte() === 1, seen: readReads(reader) });
  }
  const writeCount = reader.varint();
  const writes: StateWrite[] = [];
  for (let index = 0; index < writeCount; index++) {
    const key = reader.text();
    writes.push({ key, value: reader.byte() === 1 ? reader.bytes() : null });
  }
  const event = reader.byte() === 1 ? { name: reader.text(), payload: reader.text() } : null;
  if (!reader.done) throw new RangeError('bytes after the end of the transaction');
  return { reads, ranges, writes, event };
}
