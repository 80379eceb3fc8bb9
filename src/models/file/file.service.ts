/** Uploads, anchors and gives back files; what it gives back was compared with the ledger first. */
import type { DocumentRef } from '#kernel/records/project.ts';
import type { Evidence } from '#kernel/records/evidence.ts';
import { DomainError } from '../kernel/errors.ts';
import type { FileStore, StoredFile } from './file.store.ts';
import { FileModel, FileUseModel, type FileUse } from './file.schema.ts';

/** Who uploads, and what for. */
export interface UploadFor {
  readonly person: { readonly userId: string; readonly orgId: string; readonly division: string };
  readonly owner: Evidence['owner'];
  /** Name as the browser gave it; shown, never used as a path. */
  readonly name: string;
}

/** What files need from outside. */
export interface FileServiceDeps {
  readonly store: FileStore;
  /** Submits `evidence.anchor` as the person. */
  readonly anchor: (
    userId: string,
    args: Pick<Evidence, 'sha256' | 'size' | 'mediaType' | 'chunksHash' | 'owner'>,
  ) => Promise<{ transactionId: string }>;
  /** The anchored record on the ledger, or null. */
  readonly anchored: (
    userId: string,
    sha256: string,
  ) => Promise<Pick<Evidence, 'size' | 'chunksHash'> | null>;
  readonly now: () => Date;
}

/** The result of comparing a file with the ledger. */
export interface Verification {
  readonly verdict: 'intact' | 'corrupt' | 'not-anchored';
  readonly sha256: string;
}

/** Files with their anchors: taken in, described, read, compared with the ledger. */
export class FileService {
  readonly #deps: FileServiceDeps;

  constructor(deps: FileServiceDeps) {
    this.#deps = deps;
  }

  /**
   * Stores a stream and anchors its hash on the ledger.
   * @throws InputError when the file is empty, too large or of a type that is not taken
   */
  async upload(stream: AsyncIterable<Uint8Array>, use: UploadFor): Promise<DocumentRef> {
    const stored = await this.#deps.store.put(stream);
    const { sha256, ...rest } = stored;
    await FileModel.updateOne(
      { _id: sha256 },
      { $setOnInsert: { ...rest, storedAt: this.#deps.now() } },
      { upsert: true },
    );
    await this.#use(stored, use);
    await this.#anchor(stored, use);
    return { sha256, name: shownName(use.name), size: stored.size, mediaType: stored.mediaType };
  }

  /** Every use of a file, so that the caller can decide whether one of them is in a person's scope. */
  async uses(sha256: string): Promise<FileUse[]> {
    return FileUseModel.find({ sha256 }).lean();
  }

  /** @throws DomainError NOT_FOUND */
  async describe(sha256: string): Promise<StoredFile> {
    const found = /^[0-9a-f]{64}$/.test(sha256) ? await FileModel.findById(sha256).lean() : null;
    if (found === null) throw new DomainError('NOT_FOUND', `no file ${sha256}`);
    return {
      sha256,
      size: found.size,
      mediaType: found.mediaType,
      chunkHashes: found.chunkHashes,
      chunksHash: found.chunksHash,
    };
  }

  /**
   * Bytes `from` to `to` inclusive, each MiB compared with the hash that the ledger anchors before it is given out.
   * @throws CorruptFile when the list of hashes or a chunk differs
   */
  async read(
    file: StoredFile,
    userId: string,
    range: { from: number; to: number },
  ): Promise<AsyncGenerator<Buffer>> {
    const anchored = await this.#deps.anchored(userId, file.sha256);
    if (anchored !== null && (anchored.chunksHash !== file.chunksHash || anchored.size !== file.size))
      throw new DomainError('FILE_DIFFERS', `file ${file.sha256} differs from the ledger`);
    return this.#deps.store.read(file, range.from, range.to);
  }

  /** Reads the whole file again and compares it with the ledger. */
  async verify(sha256: string, userId: string): Promise<Verification> {
    const file = await this.describe(sha256);
    const anchored = await this.#deps.anchored(userId, sha256);
    if (anchored === null) return { verdict: 'not-anchored', sha256 };
    const agrees = anchored.chunksHash === file.chunksHash && anchored.size === file.size;
    return { verdict: agrees && (await this.#deps.store.isIntact(file)) ? 'intact' : 'corrupt', sha256 };
  }

  /** The same file for the same owner is anchored once, whoever uploads it again. */
  async #anchor(
    { sha256, size, mediaType, chunksHash }: StoredFile,
    { person, owner }: UploadFor,
  ): Promise<void> {
    const anchored = await FileUseModel.exists({ _id: useId(sha256, owner), txId: { $ne: null } });
    if (anchored !== null) return;
    const { transactionId } = await this.#deps.anchor(person.userId, {
      sha256,
      size,
      mediaType,
      chunksHash,
      owner,
    });
    await FileUseModel.updateOne({ _id: useId(sha256, owner) }, { $set: { txId: transactionId } });
  }

  async #use({ sha256 }: StoredFile, { person, owner, name }: UploadFor): Promise<void> {
    const fields = {
      sha256,
      name: shownName(name),
      ownerKind: owner.kind,
      ownerId: owner.id,
      uploadedBy: person.userId,
      orgId: person.orgId,
      division: person.division,
      at: this.#deps.now(),
    };
    await FileUseModel.updateOne({ _id: useId(sha256, owner) }, { $setOnInsert: fields }, { upsert: true });
  }
}

function useId(sha256: string, owner: Evidence['owner']): string {
  return `${sha256}~${owner.kind}~${owner.id}`;
}

/** The last part of a name, without control characters; at most 200 characters. */
function shownName(name: string): string {
  const last = name.split(/[\\/]/).at(-1) ?? '';
  const clean = last
    .replace(/[\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069]/g, '')
    .trim()
    .slice(0, 200);
  return clean === '' ? 'file' : clean;
}
