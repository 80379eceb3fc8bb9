/** What the ledger needs of a disk: a file that is appended to, and an ordered store. Tests may bring one of their own. */
import { readSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { ClassicLevel } from 'classic-level';

/** The file of blocks as the ledger uses it. What `datasync` has seen survives a crash, anything else may be torn. */
export type BlockStorage = Pick<
  FileHandle,
  'stat' | 'writev' | 'write' | 'datasync' | 'sync' | 'truncate' | 'read' | 'close'
> & {
  /** As `read`, at once. @returns how many bytes were read */
  readSync(target: Uint8Array, offset: number, length: number, position: number): number;
};

/** An ordered store that is open. A batch is applied whole or not at all; after a crash the last ones may be missing. */
export type StateDatabase = ClassicLevel<string, Buffer>;

/** Opens what the ledger keeps. */
export interface LedgerDisk {
  /** Opens the file to append and read, or makes it with mode 0600. */
  openBlocks(path: string): Promise<BlockStorage>;
  /** Opens or makes the store. @param shared lets other threads of this process open it, too */
  openState(folder: string, shared: boolean): Promise<StateDatabase>;
}

/**
 * Drafts are written again and again within seconds: a large write buffer lets most old values go before they are
 * sorted into files, and compressing what is soon replaced was a fifth of the processor time. Bytes.
 */
const TUNING = {
  compression: false,
  cacheSize: 32 << 20,
  writeBufferSize: 64 << 20,
  maxFileSize: 16 << 20,
} as const;

/** The machine's own disk. */
export const realDisk: LedgerDisk = {
  openBlocks: async (path) => {
    const file = await open(path, 'a+', 0o600);
    return Object.assign(file, {
      readSync: (target: Uint8Array, offset: number, length: number, position: number) =>
        readSync(file.fd, target, offset, length, position),
    });
  },
  openState: async (folder, shared) => {
    const db = new ClassicLevel<string, Buffer>(folder, { keyEncoding: 'utf8', valueEncoding: 'buffer' });
    await db.open({ multithreading: shared, ...TUNING });
    return db;
  },
};
