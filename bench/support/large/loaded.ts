/** What the loader of a large platform notes in its folder, so that another start goes on from there. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** How far a folder is loaded. */
export interface Loaded {
  /** Blocks of the demonstration alone, which is what gets copied. */
  readonly demoHeight: number;
  readonly flows: number;
  /** How often every project was copied. */
  readonly rounds: number;
  /** Flows of the last load, and what it took: `ledgerMs` until the ledger had everything, `shownMs` until the read model showed it; processor time by process. */
  readonly loadedFlows: number;
  readonly took: {
    readonly transactions: number;
    readonly records: number;
    readonly ledgerMs: number;
    readonly shownMs: number;
    readonly cpuMs: Readonly<Record<string, number>>;
  };
}

const nothing = { transactions: 0, records: 0, ledgerMs: 0, shownMs: 0, cpuMs: {} } as const;

/** What a folder holds. @param height of its ledger; a folder without a note holds the demonstration alone */
export async function readLoaded(folder: string, height: number): Promise<Loaded> {
  try {
    return JSON.parse(await readFile(fileOf(folder), 'utf8')) as Loaded;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { demoHeight: height, flows: 0, rounds: 0, loadedFlows: 0, took: nothing };
  }
}

/** Notes what a folder holds now. */
export async function noteLoaded(folder: string, loaded: Loaded): Promise<void> {
  await writeFile(fileOf(folder), JSON.stringify(loaded));
}

function fileOf(folder: string): string {
  return join(folder, 'loaded.json');
}
