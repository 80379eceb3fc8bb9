// Owns the bytes of MongoDB's messages: OP_MSG both ways, and the legacy OP_QUERY that greets.
import { MongoError } from '../errors.ts';
import { decode } from '../values/decode.ts';
import { encode } from '../values/encode.ts';
import type { Doc } from '../values/types.ts';

/** Largest message, in bytes. */
export const messageBytesMax = 48_000_000;

/** A command as it came. */
export interface Request {
  readonly requestId: number;
  /** True for OP_QUERY, which is answered with OP_REPLY. */
  readonly legacy: boolean;
  /** True when the client wants no answer. */
  readonly silent: boolean;
  readonly body: Doc;
  /** Documents sent beside the body, unread, by the name of their field. */
  readonly sequences: ReadonlyMap<string, readonly Uint8Array[]>;
}

const opReply = 1;
const opQuery = 2004;
const opMsg = 2013;
const headerBytes = 16;
const flagChecksum = 1;
const flagMoreToCome = 2;
let nextRequestId = 1;

/**
 * Reads one whole message.
 * @throws MongoError when it is malformed; the connection cannot be trusted afterwards.
 */
export function parseMessage(message: Buffer): Request {
  const opCode = message.readInt32LE(12);
  if (opCode === opMsg) return parseMsg(message);
  if (opCode === opQuery) return parseQuery(message);
  throw new MongoError(115, `message type ${opCode} is not supported`);
}

function parseMsg(message: Buffer): Request {
  if (message.length < headerBytes + 10) throw new MongoError(22, 'a message is too short');
  const flags = message.readUInt32LE(headerBytes);
  if ((flags & 0xfffc) !== 0) throw new MongoError(9, `message has unknown required flags ${flags}`);
  const end = message.length - ((flags & flagChecksum) !== 0 ? 4 : 0);
  const sequences = new Map<string, readonly Uint8Array[]>();
  let body: Doc | undefined;
  for (let at = headerBytes + 4; at < end;) {
    const kind = message[at];
    const size = sizeAt(message, at + 1, end);
    const section = message.subarray(at + 1, at + 1 + size);
    if (kind === 0 && body === undefined) body = decode(section);
    else if (kind === 1) readSequence(section, sequences);
    else throw new MongoError(9, `message section of kind ${String(kind)} is not expected`);
    at += 1 + size;
  }
  if (body === undefined) throw new MongoError(9, 'message has no body');
  return {
    requestId: message.readInt32LE(4),
    legacy: false,
    silent: (flags & flagMoreToCome) !== 0,
    body,
    sequences,
  };
}

function sizeAt(message: Buffer, at: number, end: number): number {
  const size = at + 4 <= end ? message.readInt32LE(at) : -1;
  if (size < 5 || at + size > end)
    throw new MongoError(22, 'a message section passes the end of its message');
  return size;
}

function readSequence(section: Buffer, into: Map<string, readonly Uint8Array[]>): void {
  const nameEnd = section.indexOf(0, 4);
  if (nameEnd < 0) throw new MongoError(22, 'a document sequence has no name');
  const documents: Uint8Array[] = [];
  for (let at = nameEnd + 1; at < section.length;) {
    const size = sizeAt(section, at, section.length);
    documents.push(section.subarray(at, at + size));
    at += size;
  }
  const name = section.utf8Slice(4, nameEnd);
  if (into.has(name)) throw new MongoError(9, `document sequence '${name}' appears twice`);
  into.set(name, documents);
}

function parseQuery(message: Buffer): Request {
  const nameEnd = message.indexOf(0, headerBytes + 4);
  const at = nameEnd + 9;
  if (nameEnd < 0 || at + 5 > message.length) throw new MongoError(22, 'a message is too short');
  const size = sizeAt(message, at, message.length);
  const body = decode(message.subarray(at, at + size));
  const database = message.utf8Slice(headerBytes + 4, nameEnd).split('.')[0] ?? '';
  body.set('$db', database);
  return { requestId: message.readInt32LE(4), legacy: true, silent: false, body, sequences: new Map() };
}

/** The bytes of an answer. */
export function replyMessage(request: Request, reply: Doc): Buffer {
  const body = encode(reply);
  const extra = request.legacy ? 20 : 5;
  const message = Buffer.alloc(headerBytes + extra + body.length);
  message.writeInt32LE(message.length, 0);
  message.writeInt32LE((nextRequestId = (nextRequestId + 1) & 0x7fffffff), 4);
  message.writeInt32LE(request.requestId, 8);
  message.writeInt32LE(request.legacy ? opReply : opMsg, 12);
  if (request.legacy) message.writeInt32LE(1, headerBytes + 16);
  body.copy(message, headerBytes + extra);
  return message;
}
