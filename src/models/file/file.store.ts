/** Keeps files on disk under their SHA-256; what is read back is checked chunk by chunk before it leaves. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InputError } from '../kernel/errors.ts';
import { mediaTypeOf, sampleBytes } from './media-type.rules.ts';

/** Size of the pieces whose hashes are kept, bytes. */
export const chunkBytes = 1024 * 1024;

/** What is known of a stored file. Hashes are lower-case hex SHA-256. */
export interface StoredFile {
  readonly sha256: string;
  readonly size: number;
  readonly mediaType: string;
  /** One per MiB. */
  readonly chunkHashes: readonly string[];
  /** Over the concatenated chunk hashes; anchored on the ledger beside sha256. */
  readonly chunksHash: string;
}

/** The bytes on disk are not the bytes that were stored. */
export class CorruptFile extends Error {
  override readonly name = 'CorruptFile';
  readonly sha256: string;
  constructor(sha256: string) {
    super(`file ${sha256} differs from what was stored`);
    this.sha256 = sha256;
  }
}

/** The folder of files, each under the hash of its bytes. */
export class FileStore {
  readonly #folder: string;
  readonly #maxBytes: number;

  /** @param options `folder` is made when missing; `maxBytes` bounds one file */
  constructor(options: { readonly folder: string; readonly maxBytes: number }) {
    this.#folder = options.folder;
    this.#maxBytes = options.maxBytes;
  }

  /**
   * Stores a stream; durable when it returns. The same content twice is one file.
   * @throws InputError when it is empty, too large, or of a type that is not taken; nothing stays behind
   */
  async put(stream: AsyncIterable<Uint8Array>): Promise<StoredFile> {
    const temporary = join(this.#folder, 'incoming', randomUUID());
    await mkdir(dirname(temporary), { recursive: true });
    const handle = await open(temporary, 'wx', 0o600);
    try {
      const stored = await this.#copy(stream, handle);
      await handle.sync();
      const target = this.#path(stored.sha256);
      await mkdir(dirname(target), { recursive: true });
      await rename(temporary, target);
      await syncFolder(dirname(target));
      return stored;
    } finally {
      await handle.close();
      await rm(temporary, { force: true });
    }
  }

  /**
   * Reads bytes `from` to `to` inclusive, each MiB checked before any byte of it is given out.
   * @throws CorruptFile when a chunk differs or the file is gone
   */
  async *read(file: StoredFile, from: number, to: number): AsyncGenerator<Buffer> {
    if (hashOf(file.chunkHashes.join('')) !== file.chunksHash) throw new CorruptFile(file.sha256);
    const handle = await open(this.#path(file.sha256), 'r').catch(() => null);
    if (handle === null) throw new CorruptFile(file.sha256);
    try {
      for (let index = Math.floor(from / chunkBytes); index * chunkBytes <= to; index += 1) {
        const chunk = await readChunk(handle, index, file);
        const start = index * chunkBytes;
        yield chunk.subarray(Math.max(0, from - start), Math.min(chunk.length, to - start + 1));
      }
    } finally {
      await handle.close();
    }
  }

  /** True when every byte on disk still hashes to the file's SHA-256. */
  async isIntact(file: StoredFile): Promise<boolean> {
    const hash = createHash('sha256');
    try {
      for await (const chunk of this.read(file, 0, file.size - 1)) hash.update(chunk);
    } catch (cause) {
      if (cause instanceof CorruptFile) return false;
      throw cause;
    }
    return hash.digest('hex') === file.sha256;
  }

  async #copy(stream: AsyncIterable<Uint8Array>, handle: FileHandle): Promise<StoredFile> {
    const whole = createHash('sha256');
    const chunks = new ChunkHasher();
    let head = Buffer.alloc(0);
    let size = 0;
    for await (const part of stream) {
      size += part.length;
      if (size > this.#maxBytes) throw new InputError({ file: 'file.tooLarge' });
      if (head.length < sampleBytes)
        head = Buffer.concat([head, part.subarray(0, sampleBytes - head.length)]);
      whole.update(part);
      chunks.update(part);
      await handle.writeFile(part);
    }
    const mediaType = await mediaTypeOf(head);
    if (mediaType === null) throw new InputError({ file: size === 0 ? 'file.empty' : 'file.typeNotTaken' });
    const chunkHashes = chunks.finish();
    return {
      sha256: whole.digest('hex'),
      size,
      mediaType,
      chunkHashes,
      chunksHash: hashOf(chunkHashes.join('')),
    };
  }

  #path(sha256: string): string {
    return join(this.#folder, sha256.slice(0, 2), sha256);
  }
}

/** Hashes a stream MiB by MiB, wherever its parts end. */
class ChunkHasher {
  readonly #done: string[] = [];
  #hash = createHash('sha256');
  #filled = 0;

  update(part: Uint8Array): void {
    for (let at = 0; at < part.length;) {
      const piece = part.subarray(at, at + chunkBytes - this.#filled);
      this.#hash.update(piece);
      this.#filled += piece.length;
      at += piece.length;
      if (this.#filled === chunkBytes) this.#next();
    }
  }

  finish(): string[] {
    if (this.#filled > 0) this.#next();
    return this.#done;
  }

  #next(): void {
    this.#done.push(this.#hash.digest('hex'));
    this.#hash = createHash('sha256');
    this.#filled = 0;
  }
}

async function readChunk(handle: FileHandle, index: number, file: StoredFile): Promise<Buffer> {
  const start = index * chunkBytes;
  const chunk = Buffer.alloc(Math.max(0, Math.min(chunkBytes, file.size - start)));
  const { bytesRead } = await handle.read(chunk, 0, chunk.length, start);
  if (bytesRead !== chunk.length || hashOf(chunk) !== file.chunkHashes[index])
    throw new CorruptFile(file.sha256);
  return chunk;
}

function hashOf(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** A rename is durable only when its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync();
  await handle.close();
}
