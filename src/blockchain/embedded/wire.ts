/** The messages between the ledger process and its clients. */
import {
  LedgerConflict,
  LedgerRefusal,
  LedgerUnavailable,
  LedgerUnknownOutcome,
  type Committed,
  type ValidationCode,
} from '../ledger.port.ts';
import { ByteReader, ByteWriter } from './bytes.codec.ts';

/** What a client asks. The first request on a connection is `hello` with the channel's name. */
export const REQUEST = {
  hello: 1,
  submit: 2,
  evaluate: 3,
  status: 4,
  find: 5,
  blocks: 6,
  block: 7,
  info: 8,
  revoke: 9,
  verifyChain: 10,
} as const;

/** How the ledger answers; every answer but `ok` is an error of the port, its fields as JSON. */
export const ANSWER = {
  ok: 100,
  refusal: 101,
  conflict: 102,
  unavailable: 103,
  unknownOutcome: 104,
  failure: 105,
} as const;

const messageWriter = new ByteWriter();

/** A proposal on its way. */
export function encodeSigned(signed: { readonly proposal: Buffer; readonly signature: Buffer }): Buffer {
  const writer = messageWriter.reset();
  writer.bytes(signed.proposal);
  writer.bytes(signed.signature);
  return writer.finish();
}

/** @throws RangeError when the message is cut */
export function decodeSigned(payload: Buffer): { readonly proposal: Buffer; readonly signature: Buffer } {
  const reader = new ByteReader(payload);
  return { proposal: reader.bytes(), signature: reader.bytes() };
}

/** The answer to a submit; the client knows the transaction id. */
export function encodeCommitted(committed: Committed): Buffer {
  const writer = messageWriter.reset();
  writer.varint(committed.blockNumber);
  writer.text(committed.result);
  return writer.finish();
}

/** @throws RangeError when the message is cut */
export function decodeCommitted(payload: Buffer, transactionId: string): Committed {
  const reader = new ByteReader(payload);
  return { transactionId, blockNumber: reader.varint(), result: reader.text() };
}

/** A list of byte strings. */
export function encodeList(parts: readonly Buffer[]): Buffer {
  const writer = new ByteWriter();
  writer.varint(parts.length);
  for (const part of parts) writer.bytes(part);
  return writer.finish();
}

/** @throws RangeError when the message is cut */
export function decodeList(payload: Buffer): Buffer[] {
  const reader = new ByteReader(payload);
  const count = reader.varint();
  const parts: Buffer[] = [];
  for (let index = 0; index < count; index++) parts.push(reader.bytes());
  return parts;
}

/** A small message as JSON. */
export function encodeJson(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/** An error as an answer. Only the port's own errors carry their text across. */
export function encodeError(error: unknown): { readonly kind: number; readonly payload: Buffer } {
  if (error instanceof LedgerRefusal) {
    const { code, message, details } = error;
    return { kind: ANSWER.refusal, payload: encodeJson({ code, message, details }) };
  }
  if (error instanceof LedgerConflict) {
    return {
      kind: ANSWER.conflict,
      payload: encodeJson({ code: error.code, transactionId: error.transactionId }),
    };
  }
  if (error instanceof LedgerUnavailable) {
    return { kind: ANSWER.unavailable, payload: encodeJson({ message: error.message }) };
  }
  if (error instanceof LedgerUnknownOutcome) {
    return { kind: ANSWER.unknownOutcome, payload: encodeJson({ transactionId: error.transactionId }) };
  }
  return {
    kind: ANSWER.failure,
    payload: encodeJson({ message: error instanceof Error ? error.name : 'Error' }),
  };
}

/** The error an answer carries. The peer is our own process, so the shape is taken as it is. */
export function decodeError(kind: number, payload: Buffer): Error {
  const fields = JSON.parse(payload.toString()) as {
    readonly code: string;
    readonly message: string;
    readonly details: Record<string, unknown>;
    readonly transactionId: string;
  };
  switch (kind) {
    case ANSWER.refusal:
      return new LedgerRefusal(fields.code, fields.message, fields.details);
    case ANSWER.conflict:
      return new LedgerConflict(fields.code as ValidationCode, fields.transactionId);
    case ANSWER.unavailable:
      return new LedgerUnavailable(fields.message);
    case ANSWER.unknownOutcome:
      return new LedgerUnknownOutcome(fields.transactionId);
    default:
      return new Error(`the ledger failed: ${fields.message}`);
  }
}
