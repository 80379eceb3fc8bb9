/** One channel of the embedded ledger: endorses, orders and answers, over the chain and state in one folder. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LedgerRefusal, LedgerUnavailable, type Committed, type TransactionStatus } from '../ledger.port.ts';
import { BlockFeed } from './block-feed.ts';
import { BlockFile } from './block-file.ts';
import { Committer } from './committer.ts';
import type { LedgerDisk } from './disk.ts';
import type { Endorsement, SignedBytes } from './endorser.ts';
import { KeyFilter } from './key-filter.ts';
import { Membership, type MspRoots } from './membership.ts';
import { recover, type Recovery } from './recovery.ts';
import { appendRevocation, normaliseSerial, readRevocations } from './revocations.ts';
import { StateStore } from './state-store.ts';
import { byteToCode } from './transaction.codec.ts';

/** Where simulations run: in this thread or on worker threads. */
export interface EndorserPool {
  readonly contracts: readonly string[];
  /** @param height blocks applied so far. @throws LedgerRefusal */
  endorse(signed: SignedBytes, height: number): Promise<Endorsement>;
  /** Refuses the certificate from the next proposal on. */
  revoke(serial: string): void;
  close(): Promise<void>;
}

/** What an endorser pool is given. */
export interface PoolContext {
  readonly store: StateStore;
  readonly filter: KeyFilter;
  readonly blocks: BlockFile;
  readonly membership: Membership;
  readonly folder: ChannelFolder;
  readonly revoked: readonly string[];
}

/** The files of one channel. */
export interface ChannelFolder {
  readonly blocks: string;
  readonly state: string;
  readonly revoked: string;
}

/** How a channel is opened. */
export interface ChannelOptions {
  readonly folder: string;
  readonly channel: string;
  readonly mspRoots: MspRoots;
  readonly now: () => number;
  /** True when worker threads share the state. */
  readonly shared: boolean;
  readonly openPool: (context: PoolContext) => Promise<EndorserPool>;
  readonly onFailure: (error: Error) => void;
  /** The machine's own by default. */
  readonly disk?: LedgerDisk;
}

interface ChannelParts {
  readonly store: StateStore;
  readonly blocks: BlockFile;
  readonly membership: Membership;
  readonly pool: EndorserPool;
  readonly recovery: Recovery;
  readonly folder: ChannelFolder;
}

/** The files a channel's folder holds. */
export function channelFolder(folder: string): ChannelFolder {
  return {
    blocks: join(folder, 'blocks.chain'),
    state: join(folder, 'state'),
    revoked: join(folder, 'revoked'),
  };
}

/** The ledger's side of the port, in proposals' bytes; the in-process port and the socket server stand on it. */
export class Channel {
  readonly name: string;
  readonly recovery: Recovery;
  readonly feed: BlockFeed;
  readonly #parts: ChannelParts;
  readonly #committer: Committer;
  readonly #runningBases = new Map<number, number>();
  #running = 0;
  #closing: Promise<void> | null = null;
  #idle: (() => void) | null = null;

  private constructor(options: ChannelOptions, parts: ChannelParts) {
    this.name = options.channel;
    this.recovery = parts.recovery;
    this.#parts = parts;
    this.feed = new BlockFeed(parts.blocks, parts.store, parts.recovery.head.height);
    this.#committer = new Committer(
      {
        channel: options.channel,
        file: parts.blocks,
        store: parts.store,
        now: options.now,
        running: () => this.#running,
        onBlock: (number) => this.feed.push(number),
        onFailure: options.onFailure,
      },
      parts.recovery.head,
    );
  }

  /**
   * Opens the channel and brings chain and state together.
   * @throws LedgerFolderLocked | ChainDamaged
   */
  static async open(options: ChannelOptions): Promise<Channel> {
    await mkdir(options.folder, { recursive: true, mode: 0o700 });
    const folder = channelFolder(options.folder);
    const filter = new KeyFilter();
    const { shared, disk } = options;
    const blocks = await BlockFile.open(folder.blocks, disk);
    const store = await StateStore.open(folder.state, { shared, disk, filter, chain: blocks }).catch(
      async (error: unknown) => {
        await blocks.close();
        throw error;
      },
    );
    try {
      const recovery = await recover(blocks, store, options.channel);
      const revoked = await readRevocations(folder.revoked);
      const membership = new Membership(options.mspRoots, revoked);
      const pool = await options.openPool({ store, filter, blocks, membership, folder, revoked });
      store.teach(filter);
      return new Channel(options, { store, blocks, membership, pool, recovery, folder });
    } catch (error) {
      await blocks.close();
      await store.close();
      throw error;
    }
  }

  get contracts(): readonly string[] {
    return this.#parts.pool.contracts;
  }

  /** Number of blocks, and the last one's hash in lower-case hex. */
  get head(): { readonly height: number; readonly hash: string } {
    const { height, hash } = this.#committer.head;
    return { height, hash: hash.toString('hex') };
  }

  /** Simulates, orders and waits for the block; errors as in the port. */
  async submit(signed: SignedBytes): Promise<Committed> {
    const endorsed = await this.#endorse(signed, (endorsement) => {
      if (endorsement.kind !== 'endorsed')
        throw new LedgerRefusal('BAD_PROPOSAL', 'a query cannot be submitted');
      this.#refuseRevoked(endorsement.serial);
      return { committed: this.#committer.order(endorsement) };
    });
    return endorsed.committed;
  }

  /** Answers a query; errors as in the port. */
  async evaluate(signed: SignedBytes): Promise<string> {
    return this.#endorse(signed, (endorsement) => {
      if (endorsement.kind !== 'evaluated')
        throw new LedgerRefusal('BAD_PROPOSAL', 'a transaction cannot be evaluated');
      return endorsement.result;
    });
  }

  /** Where a transaction stands. */
  status(transactionId: string): TransactionStatus {
    const place = this.#parts.store.transaction(transactionId);
    if (!place) return { transactionId, state: 'unknown' };
    return { transactionId, state: 'committed', code: byteToCode(place.codeByte), blockNumber: place.block };
  }

  /** The block a transaction is in, with its index; null when unknown. */
  async find(transactionId: string): Promise<{ readonly block: Buffer; readonly index: number } | null> {
    const place = this.#parts.store.transaction(transactionId);
    const block = place && (await this.feed.read(place.block));
    return block ? { block, index: place.index } : null;
  }

  /** Refuses a certificate from now on, durably. @param serial hexadecimal */
  async revoke(serial: string): Promise<void> {
    const plain = normaliseSerial(serial);
    if (this.#parts.membership.isRevoked(plain)) return;
    this.#parts.membership.revoke(plain);
    this.#parts.pool.revoke(plain);
    await appendRevocation(this.#parts.folder.revoked, plain);
  }

  /** Takes no new work, finishes what runs, closes the files. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Runs `then` in the same turn as the simulation's end, while its basis still counts as running. */
  async #endorse<T>(signed: SignedBytes, then: (endorsement: Endorsement) => T): Promise<T> {
    if (this.#closing) throw new LedgerUnavailable('the ledger is closing');
    const basis = this.#committer.head.height;
    this.#runningBases.set(basis, (this.#runningBases.get(basis) ?? 0) + 1);
    this.#running++;
    try {
      return then(await this.#parts.pool.endorse(signed, basis));
    } finally {
      this.#endBasis(basis);
    }
  }

  #endBasis(basis: number): void {
    this.#running--;
    const left = (this.#runningBases.get(basis) ?? 0) - 1;
    if (left > 0) {
      this.#runningBases.set(basis, left);
      return;
    }
    this.#runningBases.delete(basis);
    // Bases are set in rising order, so the first one is the oldest.
    const [oldest = Infinity] = this.#runningBases.keys();
    this.#committer.forgetBelow(oldest);
    if (oldest === Infinity) this.#idle?.();
  }

  #refuseRevoked(serial: string): void {
    if (this.#parts.membership.isRevoked(serial)) {
      throw new LedgerRefusal('REVOKED_CERTIFICATE', 'the certificate is revoked', { serial });
    }
  }

  async #close(): Promise<void> {
    if (this.#runningBases.size > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
    await this.#parts.pool.close();
    await this.#committer.drain();
    this.feed.close();
    await this.#parts.store.close();
    await this.#parts.blocks.close();
  }
}
