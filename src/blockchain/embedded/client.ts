/** The Ledger port over the socket of a ledger process; proposals are signed here, in the caller's process. */
import { setTimeout as delay } from 'node:timers/promises';
import { LedgerUnavailable, LedgerUnknownOutcome } from '../ledger.port.ts';
import type { Committed, LedgerBlock, LedgerCall, LedgerIdentity, LedgerInfo } from '../ledger.port.ts';
import type { TransactionProof, TransactionStatus } from '../ledger.port.ts';
import { toLedgerBlock } from './block.codec.ts';
import { ByteReader, ByteWriter } from './bytes.codec.ts';
import { Connection } from './connection.ts';
import type { EmbeddedLedger } from './embedded-ledger.ts';
import { proveTransaction } from './proof.ts';
import { signProposal, type ProposalKind, type SignedProposal } from './proposal.codec.ts';
import type { ChainVerification } from './verify-chain.ts';
import { decodeCommitted, decodeList, encodeSigned, REQUEST } from './wire.ts';

const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 2000;

/** Which ledger is meant. */
export interface ClientOptions {
  readonly socketPath: string;
  readonly channel: string;
  /** The clock proposals are stamped with; the system's by default. */
  readonly clock?: () => Date;
}

/** A client that connects at the first call, and again after the ledger was away. */
export function connectEmbeddedLedger(options: ClientOptions): EmbeddedLedgerClient {
  return new EmbeddedLedgerClient(options);
}

/** The port over a socket. */
export class EmbeddedLedgerClient implements EmbeddedLedger {
  readonly channel: string;
  readonly #options: ClientOptions;
  #connection: Promise<Connection> | null = null;
  #closed = false;

  constructor(options: ClientOptions) {
    this.channel = options.channel;
    this.#options = options;
  }

  async submit(call: LedgerCall, identity: LedgerIdentity): Promise<Committed> {
    return this.submitSigned(await this.#sign('submit', call, identity));
  }

  /** Submits a proposal signed before; the same one twice is refused as DUPLICATE_TRANSACTION. */
  async submitSigned(signed: SignedProposal): Promise<Committed> {
    const { transactionId } = signed;
    const onLost = (cause: Error): Error => new LedgerUnknownOutcome(transactionId, cause);
    const connection = await this.#connect();
    return decodeCommitted(
      await connection.request(REQUEST.submit, encodeSigned(signed), onLost),
      transactionId,
    );
  }

  async evaluate(call: LedgerCall, identity: LedgerIdentity): Promise<string> {
    const signed = await this.#sign('evaluate', call, identity);
    return (await this.#request(REQUEST.evaluate, encodeSigned(signed))).toString();
  }

  async transactionStatus(transactionId: string): Promise<TransactionStatus> {
    return fromJson(await this.#request(REQUEST.status, Buffer.from(transactionId))) as TransactionStatus;
  }

  /** Survives a restart of the ledger: goes on with the next block once it is back. */
  async *blocks(from: number, signal: AbortSignal): AsyncIterable<LedgerBlock> {
    let next = from;
    let retryMs = FIRST_RETRY_MS;
    while (!signal.aborted && !this.#closed) {
      try {
        for (const bytes of await untilAborted(this.#request(REQUEST.blocks, varint(next)), signal)) {
          next++;
          yield toLedgerBlock(bytes);
        }
        retryMs = FIRST_RETRY_MS;
      } catch (error) {
        if (!(error instanceof LedgerUnavailable)) throw error;
        await delay(retryMs, undefined, { signal }).catch(() => undefined);
        retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
      }
    }
  }

  async block(number: number): Promise<LedgerBlock | null> {
    const [bytes] = decodeList(await this.#request(REQUEST.block, varint(number)));
    return bytes ? toLedgerBlock(bytes) : null;
  }

  async transaction(transactionId: string): Promise<TransactionProof | null> {
    const [index, block] = decodeList(await this.#request(REQUEST.find, Buffer.from(transactionId)));
    return index && block ? proveTransaction(block, new ByteReader(index).varint()) : null;
  }

  async info(): Promise<LedgerInfo> {
    const info = fromJson(await this.#request(REQUEST.info, Buffer.alloc(0))) as {
      readonly height: number;
      readonly hash: string;
      readonly contracts: readonly string[];
    };
    const { height, hash, contracts } = info;
    return { channel: this.channel, height, currentBlockHash: hash, kind: 'embedded', contracts };
  }

  async revoke(serial: string): Promise<void> {
    await this.#request(REQUEST.revoke, Buffer.from(serial));
  }

  async verifyChain(): Promise<ChainVerification> {
    return fromJson(await this.#request(REQUEST.verifyChain, Buffer.alloc(0))) as ChainVerification;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const connection = await this.#connection?.catch(() => null);
    connection?.close();
  }

  async #request(kind: number, payload: Buffer): Promise<Buffer> {
    return (await this.#connect()).request(kind, payload);
  }

  async #connect(): Promise<Connection> {
    if (this.#closed) throw new LedgerUnavailable('this client is closed');
    const { socketPath, channel } = this.#options;
    const attempt = (this.#connection ??= Connection.open(socketPath, channel));
    try {
      const connection = await attempt;
      if (connection.isOpen) return connection;
    } catch (error) {
      if (this.#connection === attempt) this.#connection = null;
      throw error;
    }
    if (this.#connection === attempt) this.#connection = null;
    return this.#connect();
  }

  #sign(kind: ProposalKind, call: LedgerCall, identity: LedgerIdentity): Promise<SignedProposal> {
    const timestampMs = (this.#options.clock?.() ?? new Date()).getTime();
    return signProposal({ kind, channel: this.channel, timestampMs }, call, identity);
  }
}

/** The blocks of an answer, or none as soon as the signal aborts. */
async function untilAborted(answer: Promise<Buffer>, signal: AbortSignal): Promise<Buffer[]> {
  const aborted = Promise.withResolvers<null>();
  const abort = (): void => aborted.resolve(null);
  signal.addEventListener('abort', abort, { once: true });
  try {
    const payload = await Promise.race([answer, aborted.promise]);
    return payload && !signal.aborted ? decodeList(payload) : [];
  } finally {
    signal.removeEventListener('abort', abort);
    answer.catch(() => undefined);
  }
}

function varint(value: number): Buffer {
  const writer = new ByteWriter();
  writer.varint(value);
  return writer.finish();
}

function fromJson(payload: Buffer): unknown {
  return JSON.parse(payload.toString());
}
