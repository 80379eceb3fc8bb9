// Owns a small client of the wire protocol, which passes documents as the bytes they are.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { decode } from '../values/decode.ts';
import { encode } from '../values/encode.ts';
import { describe } from '../values/describe.ts';
import { isDoc, type Doc, type Value } from '../values/types.ts';

/** Where a connection string points. */
export interface Address {
  readonly path: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly db: string | undefined;
}

/** @throws Error for anything but one socket or one host, without a user. */
export function parseUri(uri: string): Address {
  const match = /^mongodb:\/\/([^/@,]+)(?:\/([^?/]*))?(?:\?.*)?$/.exec(uri);
  const place = match?.[1];
  if (place === undefined)
    throw new Error(
      `'${uri}' is not a connection string of a document server (mongodb://SOCKET-OR-HOST/DATABASE)`,
    );
  const host = decodeURIComponent(place);
  const db = match?.[2] === undefined || match[2] === '' ? undefined : decodeURIComponent(match[2]);
  if (host.startsWith('/')) return { path: host, host: '', port: 0, db };
  const [name = '127.0.0.1', port = '27017'] = host.split(':');
  return { path: undefined, host: name, port: Number(port), db };
}

/** A reply's field as text. */
export function textOf(value: Value | undefined): string {
  return typeof value === 'string' ? value : describe(value ?? null);
}

/** One connection that runs one command at a time. */
export class Client {
  readonly #socket: Socket;
  #buffer: Buffer = Buffer.alloc(0);
  #id = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Connects. */
  static async open(at: Address): Promise<Client> {
    const socket = at.path === undefined ? connect(at.port, at.host) : connect(at.path);
    await once(socket, 'connect');
    return new Client(socket);
  }

  /**
   * Runs a command; `documents` go beside it under that name.
   * @throws Error with the server's sentence when it refuses, also when a write failed
   */
  async run(command: Doc, documents?: readonly Uint8Array[]): Promise<Doc> {
    this.#socket.write(this.#message(encode(command), documents));
    const reply = decode(await this.#receive(), 21);
    const failures = reply.get('writeErrors');
    const failed = Array.isArray(failures) ? failures[0] : reply.get('ok') === 1 ? undefined : reply;
    if (isDoc(failed)) throw new Error(`the server refused: ${textOf(failed.get('errmsg'))}`);
    return reply;
  }

  #message(body: Buffer, documents: readonly Uint8Array[] = []): Buffer {
    const name = Buffer.from('documents\0');
    const size = documents.reduce((sum, doc) => sum + doc.length, 4 + name.length);
    const sequence = Buffer.alloc(5);
    sequence[0] = 1;
    sequence.writeInt32LE(size, 1);
    const parts = documents.length === 0 ? [body] : [body, sequence, name, ...documents];
    const head = Buffer.alloc(21);
    head.writeInt32LE(
      parts.reduce((sum, part) => sum + part.length, head.length),
      0,
    );
    head.writeInt32LE(++this.#id, 4);
    head.writeInt32LE(2013, 12);
    return Buffer.concat([head, ...parts]);
  }

  async #receive(): Promise<Buffer> {
    const chunks: Buffer[] = [this.#buffer];
    let bytes = this.#buffer.length;
    const whole = (): boolean => bytes >= 4 && bytes >= (chunks[0]?.readInt32LE(0) ?? 0);
    while (!whole()) {
      const chunk = await this.#chunk();
      chunks.push(chunk);
      bytes += chunk.length;
      if ((chunks[0]?.length ?? 0) < 4) chunks.splice(0, chunks.length, Buffer.concat(chunks));
    }
    const all = Buffer.concat(chunks);
    const size = all.readInt32LE(0);
    this.#buffer = all.subarray(size);
    return all.subarray(0, size);
  }

  #chunk(): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const closed = (): void => reject(new Error('the server closed the connection'));
      this.#socket.once('close', closed);
      this.#socket.once('data', (chunk: Buffer) => {
        this.#socket.off('close', closed);
        resolve(chunk);
      });
    });
  }

  /** All documents of a collection, batch by batch, each in its bytes. */
  async *documents(db: string, name: string): AsyncGenerator<Uint8Array> {
    const find: Doc = new Map<string, Value>([
      ['find', name],
      ['noCursorTimeout', true],
      ['$db', db],
    ]);
    let reply = await this.run(find);
    for (;;) {
      const cursor = reply.get('cursor');
      const batch = isDoc(cursor) ? (cursor.get('firstBatch') ?? cursor.get('nextBatch')) : undefined;
      for (const item of Array.isArray(batch) ? batch : []) if (isDoc(item)) yield encode(item);
      const id = isDoc(cursor) ? cursor.get('id') : 0n;
      if (typeof id !== 'bigint' || id === 0n) return;
      reply = await this.run(
        new Map<string, Value>([
          ['getMore', id],
          ['collection', name],
          ['$db', db],
        ]),
      );
    }
  }

  /** Closes the connection. */
  close(): void {
    this.#socket.end();
  }
}
