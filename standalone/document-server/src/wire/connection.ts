// Owns one client connection: cutting its bytes into messages, one command at a time, answers with backpressure.
import type { Socket } from 'node:net';
import { MongoError } from '../errors.ts';
import { messageBytesMax, parseMessage, replyMessage, type Request } from './message.ts';
import type { Doc } from '../values/types.ts';

/** Runs a command and gives its answer; it never rejects. */
export type Handler = (request: Request) => Promise<Doc>;

/** Told of a message that could not be read. */
export type OnBroken = (error: MongoError) => void;

/** A connection. Reading pauses while a command runs or an answer waits for the client. */
export class Connection {
  readonly #socket: Socket;
  readonly #handle: Handler;
  readonly #onBroken: OnBroken;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #busy = false;
  #draining = false;

  constructor(socket: Socket, handle: Handler, onBroken: OnBroken) {
    this.#socket = socket;
    this.#handle = handle;
    this.#onBroken = onBroken;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.on('drain', () => this.#next());
    socket.on('error', () => socket.destroy());
  }

  /** Closes after the command that is running; at once when none is. */
  drain(): void {
    this.#draining = true;
    if (!this.#busy) this.#socket.end();
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#busy && this.#bytes > messageBytesMax) this.#socket.pause();
    this.#next();
  }

  #next(): void {
    if (this.#busy || this.#draining || this.#socket.writableNeedDrain) return;
    const message = this.#cut();
    if (message === undefined) {
      this.#socket.resume();
      return;
    }
    this.#busy = true;
    void this.#answer(message);
  }

  /** The next whole message, or undefined when more bytes are needed. */
  #cut(): Buffer | undefined {
    const size = this.#nextSize();
    if (size === undefined) return undefined;
    if (size < 16 || size > messageBytesMax) {
      this.#onBroken(new MongoError(22, `a message claims ${size} bytes`));
      this.#socket.destroy();
      return undefined;
    }
    if (this.#bytes < size) return undefined;
    this.#join();
    const all = this.#chunks[0] ?? Buffer.alloc(0);
    this.#chunks = all.length > size ? [all.subarray(size)] : [];
    this.#bytes -= size;
    return all.subarray(0, size);
  }

  #nextSize(): number | undefined {
    if (this.#bytes < 4) return undefined;
    if ((this.#chunks[0]?.length ?? 0) < 4) this.#join();
    return this.#chunks[0]?.readInt32LE(0);
  }

  #join(): void {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)];
  }

  async #answer(message: Buffer): Promise<void> {
    try {
      const request = parseMessage(message);
      const reply = await this.#handle(request);
      if (!request.silent && this.#socket.writable) this.#socket.write(replyMessage(request, reply));
    } catch (error) {
      this.#onBroken(error instanceof MongoError ? error : new MongoError(1, String(error)));
      this.#socket.destroy();
      return;
    }
    this.#busy = false;
    if (this.#draining) this.#socket.end();
    else this.#next();
  }
}
