/** The ledger's disk in memory: what was not synced may be torn by a kill, and the state may lose its last batches. */
import type { FileHandle } from 'node:fs/promises';
import { MemoryLevel } from 'memory-level';
import type { BlockFile } from '../../src/blockchain/embedded/block-file.ts';
import type { BlockStorage, LedgerDisk, StateDatabase } from '../../src/blockchain/embedded/disk.ts';

/** Of how many kills one loses the state, which is then made from the whole chain. */
const stateLostEvery = 6;

/** Waits before and after a step of the disk; nothing in conformance tests. */
export type DiskPoint = (label: string) => Promise<void>;

/** A disk that outlives the processes which use it. */
export class MemoryDisk implements LedgerDisk {
  readonly #point: DiskPoint;
  readonly #files = new Map<string, MemoryFile>();
  readonly #states = new Map<string, CopyingLevel>();
  /** Stands between the ledger and its state; a plant may change what is stored. */
  alterRow: (key: string, value: Buffer) => Buffer = (_key, value) => value;

  constructor(point: DiskPoint = () => Promise.resolve()) {
    this.#point = point;
  }

  openBlocks(path: string): Promise<BlockStorage> {
    const file = this.#files.get(path) ?? new MemoryFile();
    this.#files.set(path, file);
    return Promise.resolve(storageOf(file, this.#point));
  }

  async openState(folder: string): Promise<StateDatabase> {
    const known = this.#states.get(folder);
    const db = known ?? new CopyingLevel((key, value) => this.alterRow(key, value)).altering();
    this.#states.set(folder, db);
    await db.open();
    return db as unknown as StateDatabase;
  }

  /** The chain in a file, for those who look at a state's rows. */
  chain(path: string): Pick<BlockFile, 'readPart'> {
    return {
      readPart: (offset, size) => {
        const part = Buffer.alloc(size);
        this.#files.get(path)?.read(part, 0, size, offset);
        return part;
      },
    };
  }

  /** Every row of a state, in order of the keys. */
  async rows(folder: string): Promise<[string, Buffer][]> {
    return (await this.#states.get(folder)?.iterator().all()) ?? [];
  }

  /**
   * What a kill of the process leaves: synced bytes, of the others a part; the state as it is, or lost, to be made from the chain.
   * @param random whole number below its argument
   */
  crash(random: (below: number) => number): void {
    for (const file of this.#files.values()) file.tear(random);
    if (random(stateLostEvery) === 0) this.#states.clear();
  }
}

/** Bytes of a file: those on the disk, and those that are still on their way there. */
class MemoryFile {
  #bytes: Buffer = Buffer.alloc(1 << 16);
  #size = 0;
  #synced = 0;

  get size(): number {
    return this.#size;
  }

  append(parts: readonly Uint8Array[]): number {
    const before = this.#size;
    for (const part of parts) {
      this.#makeRoom(part.length);
      this.#bytes.set(part, this.#size);
      this.#size += part.length;
    }
    return this.#size - before;
  }

  read(target: Uint8Array, offset: number, length: number, position: number): number {
    return this.#bytes.copy(target, offset, position, Math.min(this.#size, position + length));
  }

  truncate(size: number): void {
    this.#size = size;
    this.#synced = Math.min(this.#synced, size);
  }

  sync(): void {
    this.#synced = this.#size;
  }

  tear(random: (below: number) => number): void {
    this.truncate(this.#synced + random(this.#size - this.#synced + 1));
    this.#synced = this.#size;
  }

  #makeRoom(bytes: number): void {
    if (this.#size + bytes <= this.#bytes.length) return;
    const grown = Buffer.alloc(2 * (this.#size + bytes));
    this.#bytes.copy(grown, 0, 0, this.#size);
    this.#bytes = grown;
  }
}

function storageOf(file: MemoryFile, point: DiskPoint): BlockStorage {
  const storage = {
    stat: () => Promise.resolve({ size: file.size }),
    writev: async (parts: readonly Uint8Array[]) => {
      await point('disk write');
      return { bytesWritten: file.append(parts) };
    },
    write: async (bytes: Uint8Array, from = 0) => {
      await point('disk write');
      return { bytesWritten: file.append([bytes.subarray(from)]) };
    },
    datasync: async () => {
      await point('disk sync');
      file.sync();
    },
    sync: () => {
      file.sync();
      return Promise.resolve();
    },
    truncate: (size: number) => {
      file.truncate(size);
      return Promise.resolve();
    },
    read: (target: Uint8Array, offset: number, length: number, position: number) =>
      Promise.resolve({ bytesRead: file.read(target, offset, length, position) }),
    readSync: (target: Uint8Array, offset: number, length: number, position: number) =>
      file.read(target, offset, length, position),
    close: () => Promise.resolve(),
  };
  return storage as unknown as BlockStorage & FileHandle;
}

/** LevelDB copies what it is given at once, and the ledger relies on it. */
const copied = {
  name: 'copied',
  format: 'buffer',
  encode: (value: Buffer) => Buffer.from(value),
  decode: (value: Buffer) => value,
} as const;

class CopyingLevel extends MemoryLevel<string, Buffer> {
  readonly #alter: (key: string, value: Buffer) => Buffer;

  constructor(alter: (key: string, value: Buffer) => Buffer) {
    super({ keyEncoding: 'utf8', valueEncoding: copied, storeEncoding: 'buffer' });
    this.#alter = alter;
  }

  /** What a batch puts goes through the plant. */
  altering(): this {
    const open = this.batch.bind(this) as () => { put(key: string, value: Buffer): unknown };
    const altered = (): ReturnType<typeof open> => {
      const chained = open();
      const put = chained.put.bind(chained);
      chained.put = (key, value) => put(key, this.#alter(key, value));
      return chained;
    };
    this.batch = altered as never;
    return this;
  }
}
