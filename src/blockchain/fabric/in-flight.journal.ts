/** Endorsed transactions on the disk from before they are submitted until their fate is known; one writer per file. */
import { mkdir, open, readFile, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

const COMPACT_BYTES = 32 << 20;

/** An endorsed and signed transaction: whoever holds its bytes may submit it, and the same bytes twice do no harm. */
export interface SavedTransaction {
  readonly transactionId: string;
  /** SHA-256 over creator, contract, function and arguments, hex: the same call again joins the transaction. */
  readonly callKey: string;
  /** The client library's prepared transaction, signed by its creator. */
  readonly bytes: Uint8Array;
}

interface Line {
  readonly text: string;
  readonly written?: () => void;
  readonly failed?: (error: unknown) => void;
}

/** Saves are durable when they resolve; those that come together share one write. */
export class InFlightJournal {
  readonly #file: string;
  readonly #open: Map<string, SavedTransaction>;
  #handle: FileHandle;
  #bytes: number;
  #queue: Line[] = [];
  #writing: Promise<void> | null = null;

  private constructor(file: string, handle: FileHandle, state: { found: Map<string, SavedTransaction> }) {
    this.#file = file;
    this.#handle = handle;
    this.#open = state.found;
    this.#bytes = 0;
  }

  /** Opens or makes the file, and keeps only what has no end yet. A torn last line counts as not written. */
  static async open(file: string): Promise<InFlightJournal> {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const found = readLines(await readFile(file, 'utf8').catch(() => ''));
    const handle = await rewrite(file, found.values());
    return new InFlightJournal(file, handle, { found });
  }

  /** Transactions whose fate is not known. */
  get unsettled(): readonly SavedTransaction[] {
    return [...this.#open.values()];
  }

  /** Resolves when the transaction is on the disk. @throws when the disk refuses */
  save(transaction: SavedTransaction): Promise<void> {
    this.#open.set(transaction.transactionId, transaction);
    return new Promise((written, failed) => this.#append({ text: lineOf(transaction), written, failed }));
  }

  /** The transaction's fate is known. Losing this line costs one question at the next start. */
  settle(transactionId: string): void {
    if (this.#open.delete(transactionId)) this.#append({ text: JSON.stringify({ done: transactionId }) });
  }

  /** Closes the file, and removes it when nothing is left in it. */
  async close(): Promise<void> {
    while (this.#writing) await this.#writing;
    await this.#handle.close();
    if (this.#open.size === 0) await rm(this.#file, { force: true });
  }

  #append(line: Line): void {
    this.#queue.push(line);
    this.#writing ??= this.#write();
  }

  async #write(): Promise<void> {
    // What arrives in the same turn is written together.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const lines = this.#queue.splice(0);
      try {
        await this.#writeLines(lines);
        for (const { written } of lines) written?.();
      } catch (error) {
        for (const { failed } of lines) failed?.(error);
      }
    }
    this.#writing = null;
  }

  async #writeLines(lines: readonly Line[]): Promise<void> {
    const { bytesWritten } = await this.#handle.write(lines.map(({ text }) => `${text}\n`).join(''));
    this.#bytes += bytesWritten;
    if (lines.some(({ written }) => written !== undefined)) await this.#handle.datasync();
    if (this.#bytes < COMPACT_BYTES) return;
    const old = this.#handle;
    this.#handle = await rewrite(this.#file, this.#open.values());
    this.#bytes = 0;
    await old.close();
  }
}

function lineOf({ transactionId, callKey, bytes }: SavedTransaction): string {
  return JSON.stringify({ id: transactionId, call: callKey, bytes: Buffer.from(bytes).toString('base64') });
}

function readLines(text: string): Map<string, SavedTransaction> {
  const found = new Map<string, SavedTransaction>();
  for (const line of text.split('\n')) {
    const entry = parseLine(line);
    if (entry === null) continue;
    if ('done' in entry) found.delete(entry.done);
    else found.set(entry.transactionId, entry);
  }
  return found;
}

function parseLine(line: string): SavedTransaction | { readonly done: string } | null {
  try {
    const value = JSON.parse(line) as Record<string, unknown>;
    if (typeof value.done === 'string') return { done: value.done };
    const { id, call, bytes } = value;
    if (typeof id !== 'string' || typeof call !== 'string' || typeof bytes !== 'string') return null;
    return { transactionId: id, callKey: call, bytes: Buffer.from(bytes, 'base64') };
  } catch {
    return null;
  }
}

/** Puts a file with these transactions alone in the place of the old one. */
async function rewrite(file: string, transactions: Iterable<SavedTransaction>): Promise<FileHandle> {
  const draft = `${file}.new`;
  const handle = await open(draft, 'w', 0o600);
  await handle.write([...transactions].map((one) => `${lineOf(one)}\n`).join(''));
  await handle.datasync();
  await rename(draft, file);
  return handle;
}
