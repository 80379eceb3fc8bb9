/** The projector's checkpoint in the document store, and the mark of a rebuild in progress. */
import type { Connection, mongo } from 'mongoose';
import type { Checkpoint } from '../../blockchain/projector/projection.port.ts';
import { readModelForm } from './read-models.ts';

/** Stored form; `_id` is the channel. */
export interface CheckpointRow {
  readonly _id: string;
  readonly height: number;
  readonly hash: string;
  readonly epoch: number;
  /** `readModelForm` of the program that began these documents; absent in those of the first versions. */
  readonly form?: string;
  /** rebuilding = only the process that began the rebuild may write. */
  readonly state: 'following' | 'rebuilding';
  readonly updatedAt: Date;
}

/** Reads and moves the checkpoint of one channel. */
export class Checkpoints {
  readonly #collection: mongo.Collection<CheckpointRow>;
  readonly #channel: string;
  readonly #now: () => Date;

  constructor(connection: Connection, channel: string, now: () => Date = () => new Date()) {
    this.#collection = connection.getClient().db(connection.name).collection<CheckpointRow>('checkpoints');
    this.#channel = channel;
    this.#now = now;
  }

  /** The stored checkpoint, or null before the first block. */
  async read(): Promise<CheckpointRow | null> {
    return await this.#collection.findOne({ _id: this.#channel });
  }

  /** Number of blocks applied; 0 before the first. */
  async height(): Promise<number> {
    return (await this.read())?.height ?? 0;
  }

  /**
   * Stores a checkpoint.
   * @returns false when its epoch is over: a rebuild began, or another took it over
   */
  async advance(checkpoint: Checkpoint): Promise<boolean> {
    const { height, hash, epoch } = checkpoint;
    if (epoch === 0 && (await this.read()) === null) {
      await this.#collection.updateOne(
        { _id: this.#channel },
        {
          $setOnInsert: {
            ...{ height: 0, hash: '', epoch: 0, state: 'following', form: readModelForm },
            updatedAt: this.#now(),
          },
        },
        { upsert: true },
      );
    }
    const changed = await this.#collection.updateOne(
      { _id: this.#channel, epoch, height: { $lte: height } },
      { $set: { height, hash, updatedAt: this.#now() } },
    );
    return changed.matchedCount === 1;
  }

  /** Begins a rebuild from block 0: every projector of an earlier epoch stops. Returns the checkpoint to build from. */
  async beginRebuild(): Promise<Checkpoint> {
    const row = await this.#collection.findOneAndUpdate(
      { _id: this.#channel },
      {
        $inc: { epoch: 1 },
        $set: { height: 0, hash: '', state: 'rebuilding', updatedAt: this.#now() },
      },
      { upsert: true, returnDocument: 'after' },
    );
    return { height: 0, hash: '', epoch: row?.epoch ?? 1 };
  }

  /** Marks the documents of a rebuild as being of this program's form, once those of the former are gone. */
  async markForm(epoch: number): Promise<void> {
    await this.#collection.updateOne({ _id: this.#channel, epoch }, { $set: { form: readModelForm } });
  }

  /** Whether documents of this program's form are there and nobody makes them anew. */
  async isWhole(): Promise<boolean> {
    const row = await this.read();
    return row === null || (row.state === 'following' && row.form === readModelForm);
  }

  /** Ends the rebuild of an epoch; projectors may follow again. */
  async endRebuild(epoch: number): Promise<void> {
    await this.#collection.updateOne(
      { _id: this.#channel, epoch },
      { $set: { state: 'following', updatedAt: this.#now() } },
    );
  }

  /** Takes over a rebuild whose process has not moved since `before`; returns whether it did. */
  async takeOver(before: Date): Promise<boolean> {
    const changed = await this.#collection.updateOne(
      { _id: this.#channel, state: 'rebuilding', updatedAt: { $lt: before } },
      { $inc: { epoch: 1 }, $set: { state: 'following', updatedAt: this.#now() } },
    );
    return changed.matchedCount === 1;
  }
}
