/** The read model in the document store, as the projector keeps it: facts, documents, checkpoint. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from 'mongoose';
import type { DomainEvent } from '#kernel/records/events.ts';
import type { LedgerBlock } from '../../blockchain/ledger.port.ts';
import { ProjectionError } from '../../blockchain/projector/projection.port.ts';
import type { Checkpoint, ProjectionTarget } from '../../blockchain/projector/projection.port.ts';
import { Checkpoints } from './checkpoints.ts';
import type { CheckpointRow } from './checkpoints.ts';
import { deriveBlock } from './derive.ts';
import { versionOf } from './derived.ts';
import { loadLastingFacts, loadMissingFacts } from './facts-loader.ts';
import { Facts } from './facts.ts';
import { ensureReadModelIndexes, readModelForm, readModelNames } from './read-models.ts';
import { openWrites } from './record-projections.ts';
import type { DocumentWrite } from './record-projections.ts';
import { TallyKeeper, tallyRows } from '../tally/tally-keeper.ts';
import { nativeCollection, writeDocuments } from './write-batch.ts';

/** Models from which facts are read whole at the start. */
const FACT_MODELS = ['organisation', 'bankAccount', 'calendar'] as const;
/**
 * Models written after all others. Facts, so that a batch that was cut short seldom shows in them; drafts, since a leg is
 * written only where it differs from the stored draft's, which therefore must not be ahead of its legs.
 */
const LAST_MODELS = [...FACT_MODELS, 'draft'] as const;
/** A rebuild whose process has stored nothing for this long is taken over. */
const REBUILD_STALE_MS = 30_000;

/** What a store works with. */
export interface ReadModelStoreDeps {
  readonly connection: Connection;
  readonly channel: string;
  readonly now?: () => Date;
  /** How long a rebuild lets a running projector finish the batch in hand before it drops anything, in ms; 2000 unless told. */
  readonly settleMs?: number;
}

/** The read model of one channel. */
export class ReadModelStore implements ProjectionTarget {
  readonly #connection: Connection;
  readonly #checkpoints: Checkpoints;
  readonly #now: () => Date;
  readonly #settleMs: number;
  #facts = new Facts();
  #tallies: TallyKeeper;
  /** All blocks went through the facts, so that what they do not know does not exist. */
  #fromGenesis = false;
  /** Epoch of the rebuild that this very object runs. */
  #rebuilding: number | null = null;

  constructor(deps: ReadModelStoreDeps) {
    this.#now = deps.now ?? ((): Date => new Date());
    this.#settleMs = deps.settleMs ?? 2000;
    this.#connection = deps.connection;
    this.#tallies = new TallyKeeper(deps.connection, false);
    this.#checkpoints = new Checkpoints(deps.connection, deps.channel, this.#now);
  }

  /** Height stored in the checkpoint, for `createProjectionHeight`. */
  async height(): Promise<number> {
    return await this.#checkpoints.height();
  }

  async checkpoint(): Promise<Checkpoint | null> {
    const row = await this.#checkpoints.read();
    if (row === null) return { height: 0, hash: '', epoch: 0 };
    if (row.state === 'rebuilding' && row.epoch !== this.#rebuilding) return await this.#waitOrTakeOver(row);
    return { height: row.height, hash: row.hash, epoch: row.epoch };
  }

  async open(checkpoint: Checkpoint, replay: () => AsyncIterable<LedgerBlock>): Promise<void> {
    await ensureReadModelIndexes(this.#connection);
    this.#facts = new Facts();
    this.#fromGenesis = checkpoint.height === 0;
    const isEmpty =
      this.#fromGenesis && (await tallyRows(this.#connection).findOne({ _id: { $gte: '' } })) === null;
    this.#tallies = new TallyKeeper(this.#connection, isEmpty);
    if (await this.#isAhead(checkpoint.height)) {
      for await (const block of replay()) learnBlock(block, this.#facts);
    } else {
      await loadLastingFacts(this.#connection, this.#facts);
    }
  }

  async apply(blocks: readonly LedgerBlock[]): Promise<readonly (readonly DomainEvent[])[]> {
    if (!(this.#fromGenesis && this.#facts.isWhole)) {
      await loadMissingFacts(this.#connection, blocks, this.#facts);
    }
    const writes: DocumentWrite[] = [];
    const events = blocks.map((block) => {
      const derivation = derive(block, this.#facts);
      for (const write of derivation.writes) writes.push(write);
      return derivation.events;
    });
    await this.#tallies.count(writes);
    await writeDocuments(this.#connection, writes, LAST_MODELS);
    this.#facts.trim();
    return events;
  }

  async advance(checkpoint: Checkpoint): Promise<boolean> {
    return await this.#checkpoints.advance(checkpoint);
  }

  /** Whether the documents have the form of another program and nobody is making them anew. */
  async isOutdated(): Promise<boolean> {
    const row = await this.#checkpoints.read();
    if (row === null || row.form === readModelForm) return false;
    return row.state === 'following' || row.updatedAt < this.#staleBefore();
  }

  /** Drops every derived collection and lets only this object project until `endRebuild`. */
  async beginRebuild(): Promise<void> {
    this.#rebuilding = (await this.#checkpoints.beginRebuild()).epoch;
    await delay(this.#settleMs);
    for (const name of readModelNames) {
      await nativeCollection(this.#connection, name).drop().catch(ignoreMissing);
    }
    // Last: a document that is stored counts as counted, so tallies must not go before it.
    await tallyRows(this.#connection).drop().catch(ignoreMissing);
    await this.#checkpoints.markForm(this.#rebuilding);
    await ensureReadModelIndexes(this.#connection);
  }

  /** Lets projectors follow again. */
  async endRebuild(): Promise<void> {
    if (this.#rebuilding === null) return;
    await this.#checkpoints.endRebuild(this.#rebuilding);
    this.#rebuilding = null;
  }

  #staleBefore(): Date {
    return new Date(this.#now().getTime() - REBUILD_STALE_MS);
  }

  async #waitOrTakeOver(row: CheckpointRow): Promise<Checkpoint | null> {
    const stale = this.#staleBefore();
    if (row.updatedAt >= stale || !(await this.#checkpoints.takeOver(stale))) return null;
    return { height: row.height, hash: row.hash, epoch: row.epoch + 1 };
  }

  /** Whether a batch was cut short: facts from after the checkpoint are stored, so that they cannot be trusted for it. */
  async #isAhead(height: number): Promise<boolean> {
    const ver = { $gte: versionOf({ block: height, txIndex: 0 }) };
    for (const name of FACT_MODELS) {
      if ((await nativeCollection(this.#connection, name).findOne({ ver })) !== null) return true;
    }
    return false;
  }
}

function derive(block: LedgerBlock, facts: Facts): ReturnType<typeof deriveBlock> {
  try {
    return deriveBlock(block, facts);
  } catch (error) {
    throw new ProjectionError(`Block ${block.number} cannot be projected: ${String(error)}`, {
      cause: error,
    });
  }
}

function learnBlock(block: LedgerBlock, facts: Facts): void {
  for (const tx of block.transactions) {
    if (tx.code !== 'VALID') continue;
    for (const { type, id, record } of openWrites(tx)) if (record !== null) facts.learn(type, id, record);
  }
}

// Servers before 7.0 answer NamespaceNotFound (26) where there is nothing to drop.
function ignoreMissing(error: unknown): boolean {
  if ((error as { code?: unknown }).code === 26) return false;
  throw error;
}
