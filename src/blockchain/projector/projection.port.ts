/** What the projector needs of the read model it keeps: a checkpoint, and a way to apply blocks. */
import type { DomainEvent } from '#kernel/records/events.ts';
import type { LedgerBlock } from '../ledger.port.ts';

/** How far a channel is projected. */
export interface Checkpoint {
  /** Number of blocks applied; the next one to apply has this number. */
  readonly height: number;
  /** Hash of block `height - 1`; '' when nothing is applied. */
  readonly hash: string;
  /** Raised by each rebuild, so that a projector that was overtaken by one notices. */
  readonly epoch: number;
}

/** A read model that blocks can be applied to. All of it is idempotent: the same block may be applied again. */
export interface ProjectionTarget {
  /** Where to go on; null while somebody else rebuilds the read model. */
  checkpoint(): Promise<Checkpoint | null>;
  /**
   * Gets ready to apply the block after the checkpoint.
   * @param replay gives blocks 0 up to the checkpoint, for a target that must learn from them again
   */
  open(checkpoint: Checkpoint, replay: () => AsyncIterable<LedgerBlock>): Promise<void>;
  /**
   * Writes the documents of consecutive blocks.
   * @returns the domain events of each block
   */
  apply(blocks: readonly LedgerBlock[]): Promise<readonly (readonly DomainEvent[])[]>;
  /**
   * Stores the checkpoint after its blocks are written.
   * @returns false when a rebuild has begun meanwhile; the checkpoint is then not stored
   */
  advance(checkpoint: Checkpoint): Promise<boolean>;
}

/** What is told to everybody about a block once the read model shows it. */
export interface LiveMessage {
  readonly block: number;
  /** Height of the read model after the block. */
  readonly height: number;
  readonly events: readonly DomainEvent[];
}

/** The read model and the ledger do not belong together, or a block cannot be projected; trying again does not help. */
export class ProjectionError extends Error {
  override readonly name = 'ProjectionError';
}
