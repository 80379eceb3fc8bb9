/** Recomputes a chain from its bytes: numbers, links, Merkle roots, header hashes, creators and signatures. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { blockLeaves, decodeBlock, NO_BLOCK_HASH, type Block } from './block.codec.ts';
import { merkleRoot } from './merkle.ts';
import { hasSigned, Membership, type MspRoots } from './membership.ts';
import { decodeCreator, decodeProposal } from './proposal.codec.ts';
import { decodeBody } from './transaction.codec.ts';

const CHECKS_PER_TURN = 25;

/** One thing that is wrong in a chain. */
export interface ChainProblem {
  readonly block: number;
  /** Index of the transaction in the block, when one transaction is meant. */
  readonly transaction?: number;
  readonly problem: 'unreadable' | 'number' | 'link' | 'data-hash' | 'creator' | 'signature' | 'channel';
}

/** What a verification found. */
export interface ChainVerification {
  readonly blocks: number;
  readonly transactions: number;
  /** Hash of the last block, lower-case hex; compare it with one kept elsewhere. */
  readonly lastHash: string;
  /** Empty when every block holds. */
  readonly problems: readonly ChainProblem[];
}

/** What a chain is verified against. */
export interface VerifyOptions {
  readonly channel: string;
  readonly mspRoots: MspRoots;
}

/**
 * Verifies blocks given as bytes, from block 0 on. A reader that breaks off with an error counts as an unreadable block.
 * Dates and revocations are not looked at: they held when the transaction was ordered.
 */
export async function verifyChain(
  blocks: AsyncIterable<Buffer>,
  options: VerifyOptions,
): Promise<ChainVerification> {
  const verifier = new ChainVerifier(options);
  try {
    for await (const bytes of blocks) await verifier.add(bytes);
  } catch {
    verifier.breakOff();
  }
  return verifier.result();
}

class ChainVerifier {
  readonly #channel: string;
  readonly #membership: Membership;
  readonly #problems: ChainProblem[] = [];
  #number = 0;
  #transactions = 0;
  #lastHash: Buffer = NO_BLOCK_HASH;

  constructor(options: VerifyOptions) {
    this.#channel = options.channel;
    this.#membership = new Membership(options.mspRoots);
  }

  async add(bytes: Buffer): Promise<void> {
    const number = this.#number;
    let block: Block;
    try {
      block = decodeBlock(bytes);
    } catch {
      this.breakOff();
      return;
    }
    if (block.header.number !== number) this.#problems.push({ block: number, problem: 'number' });
    if (block.header.channel !== this.#channel) this.#problems.push({ block: number, problem: 'channel' });
    if (!block.header.previousHash.equals(this.#lastHash))
      this.#problems.push({ block: number, problem: 'link' });
    if (!merkleRoot(blockLeaves(block)).equals(block.header.dataHash)) {
      this.#problems.push({ block: number, problem: 'data-hash' });
    }
    for (const [index, entry] of block.entries.entries()) {
      this.#checkTransaction(entry.body, index);
      // Others are served in between: a signature takes some 80 µs.
      if (this.#transactions % CHECKS_PER_TURN === 0) await nextTurn();
    }
    this.#lastHash = block.hash;
    this.#number++;
  }

  breakOff(): void {
    this.#problems.push({ block: this.#number++, problem: 'unreadable' });
  }

  result(): ChainVerification {
    return {
      blocks: this.#number,
      transactions: this.#transactions,
      lastHash: this.#lastHash.toString('hex'),
      problems: this.#problems,
    };
  }

  #checkTransaction(bytes: Buffer, transaction: number): void {
    this.#transactions++;
    const block = this.#number;
    try {
      const { proposal, signature } = decodeBody(bytes);
      const member = this.#membership.find(decodeCreator(decodeProposal(proposal).creator));
      if (!member) this.#problems.push({ block, transaction, problem: 'creator' });
      else if (!hasSigned(member, proposal, signature))
        this.#problems.push({ block, transaction, problem: 'signature' });
    } catch {
      this.#problems.push({ block, transaction, problem: 'unreadable' });
    }
  }
}
