/** The ledger's unix socket: takes clients' requests and answers from the channels this process holds. */
import { chmod, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { LedgerUnavailable } from '../ledger.port.ts';
import { ByteReader, ByteWriter } from './bytes.codec.ts';
import type { Channel } from './channel.ts';
import { FrameReader, FrameSender, type Frame } from './frames.ts';
import type { MspRoots } from './membership.ts';
import { verifyChain } from './verify-chain.ts';
import {
  ANSWER,
  decodeSigned,
  encodeCommitted,
  encodeError,
  encodeJson,
  encodeList,
  REQUEST,
} from './wire.ts';

const MAX_REQUESTS_PER_CLIENT = 8192;
const MAX_BLOCKS_PER_ANSWER = 64;
const MAX_BYTES_PER_ANSWER = 1 << 20;
const BLOCK_WAIT_MS = 15_000;
const MAX_SOCKET_PATH_BYTES = 107;

/** What the server serves. */
export interface LedgerServerOptions {
  readonly socketPath: string;
  readonly channels: readonly Channel[];
  readonly mspRoots: MspRoots;
}

/** Listens on the socket, which only this user may open. */
export class LedgerServer {
  readonly #options: LedgerServerOptions;
  readonly #server: Server;
  readonly #clients = new Set<Client>();

  private constructor(options: LedgerServerOptions) {
    this.#options = options;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /**
   * The caller holds the ledger's folder, so a socket that lies there is a dead one's.
   * @throws Error when the path is too long for a socket, or cannot be listened on
   */
  static async listen(options: LedgerServerOptions): Promise<LedgerServer> {
    const size = Buffer.byteLength(options.socketPath);
    if (size > MAX_SOCKET_PATH_BYTES) {
      throw new Error(
        `the socket path ${options.socketPath} has ${size} bytes, ${MAX_SOCKET_PATH_BYTES} are possible`,
      );
    }
    const ledger = new LedgerServer(options);
    await rm(options.socketPath, { force: true });
    const mask = process.umask(0o177);
    try {
      await new Promise<void>((resolve, reject) => {
        ledger.#server.once('error', reject);
        ledger.#server.listen(options.socketPath, resolve);
      });
    } finally {
      process.umask(mask);
    }
    await chmod(options.socketPath, 0o600);
    return ledger;
  }

  /** Closes the channels once what runs is answered, then the connections. */
  async close(): Promise<void> {
    this.#server.close();
    await Promise.all(this.#options.channels.map((channel) => channel.close()));
    for (const client of this.#clients) client.end();
  }

  #accept(socket: Socket): void {
    const client = new Client(socket, this.#options);
    this.#clients.add(client);
    socket.on('close', () => this.#clients.delete(client));
  }
}

/** One connection. */
class Client {
  readonly #socket: Socket;
  readonly #options: LedgerServerOptions;
  readonly #sender: FrameSender;
  readonly #reader = new FrameReader();
  readonly #gone = new AbortController();
  #channel: Channel | null = null;
  #running = 0;

  constructor(socket: Socket, options: LedgerServerOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#sender = new FrameSender(socket);
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#gone.abort());
  }

  end(): void {
    this.#sender.flush();
    this.#socket.end();
    this.#gone.abort();
  }

  #read(chunk: Buffer): void {
    try {
      for (const frame of this.#reader.push(chunk)) void this.#answer(frame);
    } catch {
      this.#socket.destroy();
    }
    if (this.#running >= MAX_REQUESTS_PER_CLIENT) this.#socket.pause();
  }

  async #answer(frame: Frame): Promise<void> {
    this.#running++;
    try {
      this.#sender.send(ANSWER.ok, frame.id, await this.#handle(frame));
    } catch (error) {
      const { kind, payload } = encodeError(error);
      this.#sender.send(kind, frame.id, payload);
    } finally {
      this.#running--;
      if (this.#socket.isPaused() && this.#running < MAX_REQUESTS_PER_CLIENT / 2) this.#socket.resume();
    }
  }

  async #handle({ kind, payload }: Frame): Promise<Buffer> {
    if (kind === REQUEST.hello) return this.#hello(payload.toString());
    const channel = this.#channel;
    if (!channel) throw new Error('the first request names the channel');
    switch (kind) {
      case REQUEST.submit:
        return encodeCommitted(await channel.submit(decodeSigned(payload)));
      case REQUEST.evaluate:
        return Buffer.from(await channel.evaluate(decodeSigned(payload)));
      case REQUEST.blocks:
        return this.#blocks(channel, new ByteReader(payload).varint());
      default:
        return this.#lookUp(channel, kind, payload);
    }
  }

  #hello(name: string): Buffer {
    const channel = this.#options.channels.find((candidate) => candidate.name === name);
    if (!channel) throw new LedgerUnavailable(`this ledger does not hold channel ${name}`);
    this.#channel = channel;
    return encodeJson({});
  }

  async #lookUp(channel: Channel, kind: number, payload: Buffer): Promise<Buffer> {
    switch (kind) {
      case REQUEST.status:
        return encodeJson(channel.status(payload.toString()));
      case REQUEST.find:
        return encodeFound(await channel.find(payload.toString()));
      case REQUEST.block: {
        const block = await channel.feed.read(new ByteReader(payload).varint());
        return encodeList(block ? [block] : []);
      }
      case REQUEST.info:
        return encodeJson({ ...channel.head, contracts: channel.contracts });
      case REQUEST.revoke:
        await channel.revoke(payload.toString());
        return encodeJson({});
      case REQUEST.verifyChain:
        return encodeJson(
          await verifyChain(channel.feed.stored(), { channel: channel.name, ...this.#options }),
        );
      default:
        throw new Error(`unknown request ${kind}`);
    }
  }

  /** The blocks from a number on; waits for the first of them for a while, then answers with none. */
  async #blocks(channel: Channel, from: number): Promise<Buffer> {
    const signal = AbortSignal.any([this.#gone.signal, AbortSignal.timeout(BLOCK_WAIT_MS)]);
    const blocks: Buffer[] = [];
    let bytes = 0;
    if (await channel.feed.waitFor(from, signal)) {
      while (blocks.length < MAX_BLOCKS_PER_ANSWER && bytes < MAX_BYTES_PER_ANSWER) {
        const block = await channel.feed.read(from + blocks.length);
        if (!block) break;
        blocks.push(block);
        bytes += block.length;
      }
    }
    return encodeList(blocks);
  }
}

function encodeFound(found: { readonly block: Buffer; readonly index: number } | null): Buffer {
  if (!found) return encodeList([]);
  const index = new ByteWriter();
  index.varint(found.index);
  return encodeList([index.finish(), found.block]);
}
