/** Keeps statement files on disk under their SHA-256, durable when stored; the sender's name is never part of a path. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../kernel/errors.ts';
import { limits } from './parse/part.ts';

/** A file that was taken in; SHA-256 in lower-case hex. */
export interface StatementFile {
  readonly sha256: string;
  readonly size: number;
}

/** A file on disk that nobody has vouched for yet. */
export interface HeldFile extends StatementFile {
  readonly heldAt: string;
}

/** The folder of statement files. */
export class StatementFileStore {
  readonly #folder: string;

  /** @param folder made when missing */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Stores a stream, hashed while it arrives; the same bytes twice are one file.
   * @throws InputError file.empty, file.tooLarge; nothing stays behind
   */
  async put(stream: AsyncIterable<Uint8Array>): Promise<StatementFile> {
    return this.keep(await this.hold(stream));
  }

  /**
   * Writes a stream to disk before it is known whether it may stay: `keep` or `drop` must follow.
   * @throws InputError file.empty, file.tooLarge; nothing stays behind
   */
  async hold(stream: AsyncIterable<Uint8Array>): Promise<HeldFile> {
    await mkdir(this.#folder, { recursive: true });
    const heldAt = join(this.#folder, `incoming-${randomUUID()}`);
    const hash = createHash('sha256');
    const handle = await open(heldAt, 'wx', 0o600);
    let size = 0;
    try {
      for await (const part of stream) {
        size += part.length;
        if (size > limits.fileBytes) throw new InputError({ file: 'file.tooLarge' });
        hash.update(part);
        await handle.writeFile(part);
      }
      if (size === 0) throw new InputError({ file: 'file.empty' });
      await handle.sync();
      return { sha256: hash.digest('hex'), size, heldAt };
    } catch (cause) {
      await rm(heldAt, { force: true });
      throw cause;
    } finally {
      await handle.close();
    }
  }

  /** Keeps a held file; durable when it returns. */
  async keep({ heldAt, sha256, size }: HeldFile): Promise<StatementFile> {
    await rename(heldAt, this.path(sha256));
    await syncFolder(this.#folder);
    return { sha256, size };
  }

  /** Removes a held file; does nothing when it was kept. */
  async drop({ heldAt }: HeldFile): Promise<void> {
    await rm(heldAt, { force: true });
  }

  /** Where a file lies. @throws RangeError for what is no hash */
  path(sha256: string): string {
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new RangeError('not a hash');
    return join(this.#folder, sha256);
  }

  /** The bytes as they came. */
  read(sha256: string): AsyncIterable<Uint8Array> {
    return createReadStream(this.path(sha256), { highWaterMark: 64 * 1024 });
  }

  /** The first bytes, by which the format is told. */
  async head(sha256: string, bytes: number): Promise<Buffer> {
    const handle = await open(this.path(sha256), 'r');
    try {
      const buffer = Buffer.alloc(bytes);
      const { bytesRead } = await handle.read(buffer, 0, bytes, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  }
}

/** The name a sender gave a file, for showing: its last part, without control characters. */
export function shownFileName(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? '';
  return Array.from(last)
    .filter((char) => !/\p{C}/u.test(char))
    .join('')
    .slice(0, 100);
}

/** A rename is durable only when its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync();
  await handle.close();
}
