/** The Ledger port over a channel opened in this process: for tests, tools, and one-process installations. */
import type {
  Committed,
  Ledger,
  LedgerBlock,
  LedgerCall,
  LedgerIdentity,
  LedgerInfo,
} from '../ledger.port.ts';
import type { TransactionProof, TransactionStatus } from '../ledger.port.ts';
import { toLedgerBlock } from './block.codec.ts';
import { Channel } from './channel.ts';
import type { LedgerDisk } from './disk.ts';
import type { ContractClass } from './dispatcher.ts';
import { openInlineEndorsers } from './inline-endorsers.ts';
import type { MspRoots } from './membership.ts';
import { proveTransaction } from './proof.ts';
import { signProposal, type ProposalKind, type SignedProposal } from './proposal.codec.ts';
import { verifyChain, type ChainVerification } from './verify-chain.ts';

/** The port of an embedded ledger, with what only its own installation may do. */
export interface EmbeddedLedger extends Ledger {
  /** Refuses a certificate from now on, durably. @param serial the certificate's serial number, hexadecimal */
  revoke(serial: string): Promise<void>;
  /** Recomputes the whole chain as it lies on the disk: links, Merkle roots, creators, signatures. */
  verifyChain(): Promise<ChainVerification>;
}

/** How a ledger is opened in process. */
export interface EmbeddedLedgerOptions {
  /** The channel's own folder; made when missing. One opener at a time. */
  readonly folder: string;
  readonly channel: string;
  readonly contracts: readonly ContractClass[];
  readonly mspRoots: MspRoots;
  /** Dates certificates are checked against and blocks are stamped with; the system's clock by default. */
  readonly clock?: () => Date;
  /** The machine's own by default. */
  readonly disk?: LedgerDisk;
}

/** @throws LedgerFolderLocked | ChainDamaged */
export async function openEmbeddedLedger(options: EmbeddedLedgerOptions): Promise<InProcessLedger> {
  const clock = options.clock ?? ((): Date => new Date());
  const now = (): number => clock().getTime();
  const { folder, channel, mspRoots, contracts, disk } = options;
  const opened = await Channel.open({
    folder,
    channel,
    mspRoots,
    now,
    shared: false,
    openPool: (context) => Promise.resolve(openInlineEndorsers({ channel, contracts, now }, context)),
    onFailure: () => undefined,
    ...(disk === undefined ? {} : { disk }),
  });
  return new InProcessLedger(opened, mspRoots, now);
}

/** The port over a channel object. */
export class InProcessLedger implements EmbeddedLedger {
  readonly channel: string;
  readonly #channel: Channel;
  readonly #mspRoots: MspRoots;
  readonly #now: () => number;

  constructor(channel: Channel, mspRoots: MspRoots, now: () => number) {
    this.channel = channel.name;
    this.#channel = channel;
    this.#mspRoots = mspRoots;
    this.#now = now;
  }

  async submit(call: LedgerCall, identity: LedgerIdentity): Promise<Committed> {
    return this.submitSigned(await this.#sign('submit', call, identity));
  }

  /** Submits a proposal signed before; the same one twice is refused as DUPLICATE_TRANSACTION. */
  submitSigned(signed: SignedProposal): Promise<Committed> {
    return this.#channel.submit(signed);
  }

  async evaluate(call: LedgerCall, identity: LedgerIdentity): Promise<string> {
    return this.#channel.evaluate(await this.#sign('evaluate', call, identity));
  }

  transactionStatus(transactionId: string): Promise<TransactionStatus> {
    return Promise.resolve(this.#channel.status(transactionId));
  }

  async *blocks(from: number, signal: AbortSignal): AsyncIterable<LedgerBlock> {
    for (let number = from; await this.#channel.feed.waitFor(number, signal); number++) {
      const bytes = await this.#channel.feed.read(number);
      if (bytes) yield toLedgerBlock(bytes);
    }
  }

  async block(number: number): Promise<LedgerBlock | null> {
    const bytes = await this.#channel.feed.read(number);
    return bytes && toLedgerBlock(bytes);
  }

  async transaction(transactionId: string): Promise<TransactionProof | null> {
    const found = await this.#channel.find(transactionId);
    return found && proveTransaction(found.block, found.index);
  }

  info(): Promise<LedgerInfo> {
    const { height, hash } = this.#channel.head;
    return Promise.resolve({
      channel: this.channel,
      height,
      currentBlockHash: hash,
      kind: 'embedded',
      contracts: this.#channel.contracts,
    });
  }

  revoke(serial: string): Promise<void> {
    return this.#channel.revoke(serial);
  }

  verifyChain(): Promise<ChainVerification> {
    return verifyChain(this.#channel.feed.stored(), { channel: this.channel, mspRoots: this.#mspRoots });
  }

  close(): Promise<void> {
    return this.#channel.close();
  }

  #sign(kind: ProposalKind, call: LedgerCall, identity: LedgerIdentity): Promise<SignedProposal> {
    return signProposal({ kind, channel: this.channel, timestampMs: this.#now() }, call, identity);
  }
}
