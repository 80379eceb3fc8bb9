/** A client's connection to the ledger's socket: requests in flight by number, answers joined to them. */
import { connect, type Socket } from 'node:net';
import { LedgerUnavailable } from '../ledger.port.ts';
import { FrameReader, FrameSender, type Frame } from './frames.ts';
import { ANSWER, decodeError, REQUEST } from './wire.ts';

interface Pending {
  readonly resolve: (payload: Buffer) => void;
  readonly reject: (error: Error) => void;
  readonly onLost: (cause: Error) => Error;
}

/** One open connection. */
export class Connection {
  readonly #socket: Socket;
  readonly #sender: FrameSender;
  readonly #reader = new FrameReader();
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  #lost: Error | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#sender = new FrameSender(socket);
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', (error) => this.#lose(error));
    socket.on('close', () => this.#lose(new Error('the ledger closed the connection')));
  }

  /** Connects and names the channel. @throws LedgerUnavailable */
  static async open(socketPath: string, channel: string): Promise<Connection> {
    const connection = new Connection(await connectSocket(socketPath));
    await connection.request(REQUEST.hello, Buffer.from(channel));
    return connection;
  }

  get isOpen(): boolean {
    return this.#lost === null;
  }

  /**
   * Sends a request and waits for its answer.
   * @param onLost makes the error when the connection ends before the answer
   * @throws the error the ledger answered with
   */
  request(kind: number, payload: Buffer, onLost: Pending['onLost'] = unavailable): Promise<Buffer> {
    if (this.#lost) return Promise.reject(unavailable(this.#lost));
    return new Promise((resolve, reject) => {
      const id = this.#nextId;
      this.#nextId = id === 0xffffffff ? 1 : id + 1;
      this.#pending.set(id, { resolve, reject, onLost });
      this.#sender.send(kind, id, payload);
    });
  }

  close(): void {
    this.#sender.flush();
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    for (const frame of this.#reader.push(chunk)) this.#settle(frame);
  }

  #settle(frame: Frame): void {
    const pending = this.#pending.get(frame.id);
    this.#pending.delete(frame.id);
    if (frame.kind === ANSWER.ok) pending?.resolve(frame.payload);
    else pending?.reject(decodeError(frame.kind, frame.payload));
  }

  #lose(cause: Error): void {
    if (this.#lost) return;
    this.#lost = cause;
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const request of pending) request.reject(request.onLost(cause));
  }
}

function unavailable(cause: Error): LedgerUnavailable {
  return new LedgerUnavailable('the ledger cannot be reached', { cause });
}

function connectSocket(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const refuse = (cause: Error): void => reject(unavailable(cause));
    socket.once('error', refuse);
    socket.once('connect', () => {
      socket.off('error', refuse);
      resolve(socket);
    });
  });
}
