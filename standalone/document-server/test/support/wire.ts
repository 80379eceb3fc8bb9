/** Speaks the wire protocol byte by byte, for messages that no driver would send. */

import { once } from 'node:events';
import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import { BSON } from 'bson';

export const OP_REPLY = 1;
export const OP_QUERY = 2004;
export const OP_COMPRESSED = 2012;
export const OP_MSG = 2013;

/** A reply: its header and, when it has one, its first document. */
export interface Reply {
  readonly responseTo: number;
  readonly opcode: number;
  readonly flags: number;
  readonly doc: BSON.Document;
}

/** A message of any opcode; `length` may lie about its size. */
export function message(
  opcode: number,
  body: Uint8Array,
  { id = 1, length = 16 + body.length }: { id?: number; length?: number } = {},
): Buffer {
  const header = Buffer.alloc(16);
  header.writeInt32LE(length, 0);
  header.writeInt32LE(id, 4);
  header.writeInt32LE(opcode, 12);
  return Buffer.concat([header, body]);
}

/** The body of an OP_MSG: flags, then sections as they are given. */
export function sections(flags: number, ...parts: readonly Uint8Array[]): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32LE(flags, 0);
  return Buffer.concat([head, ...parts]);
}

/** The section that holds the command. */
export function command(doc: BSON.Document): Buffer {
  return Buffer.concat([Buffer.from([0]), BSON.serialize(doc)]);
}

/** A whole, correct OP_MSG. */
export function opMsg(doc: BSON.Document, id = 1): Buffer {
  return message(OP_MSG, sections(0, command({ ...doc, $db: (doc['$db'] as unknown) ?? 'admin' })), { id });
}

/** A socket that collects what the server says. */
export class Wire {
  readonly socket: Socket;
  #bytes = Buffer.alloc(0);
  #waiting: (() => void)[] = [];

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#wake();
    });
    socket.on('close', () => this.#wake());
  }

  static async open(path: string): Promise<Wire> {
    const socket = createConnection({ path });
    await once(socket, 'connect');
    return new Wire(socket);
  }

  send(bytes: Uint8Array): void {
    this.socket.write(bytes);
  }

  close(): void {
    this.socket.destroy();
  }

  /** The next reply, or undefined when the server closed the connection instead. */
  async reply(): Promise<Reply | undefined> {
    for (;;) {
      const reply = this.#take();
      if (reply) return reply;
      if (this.socket.closed) return undefined;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #take(): Reply | undefined {
    if (this.#bytes.length < 16) return undefined;
    const length = this.#bytes.readInt32LE(0);
    if (this.#bytes.length < length) return undefined;
    const bytes = this.#bytes.subarray(0, length);
    this.#bytes = this.#bytes.subarray(length);
    const opcode = bytes.readInt32LE(12);
    const doc = BSON.deserialize(bytes.subarray(opcode === OP_REPLY ? 36 : 21));
    return { responseTo: bytes.readInt32LE(8), opcode, flags: bytes.readUInt32LE(16), doc };
  }
}
