/** What is known of stored files, and of what they were uploaded for. The bytes lie in the file store, the proof on the ledger. */
import { model, Schema } from 'mongoose';

/** A stored file; `_id` = its SHA-256. */
export interface FileDocument {
  readonly _id: string;
  readonly size: number;
  readonly mediaType: string;
  readonly chunkHashes: readonly string[];
  readonly chunksHash: string;
  readonly storedAt: Date;
}

/** One upload of a file for something; scope follows what it was uploaded for. `_id` = sha256~ownerKind~ownerId. */
export interface FileUse {
  readonly _id: string;
  readonly sha256: string;
  readonly name: string;
  readonly ownerKind: 'project' | 'milestone' | 'alert' | 'other';
  readonly ownerId: string;
  readonly uploadedBy: string;
  readonly orgId: string;
  readonly division: string;
  readonly at: Date;
  /** Transaction that anchored it; null until then. */
  readonly txId: string | null;
}

const text = { type: String, required: true } as const;

const fileSchema = new Schema<FileDocument>(
  {
    _id: text,
    size: { type: Number, required: true },
    mediaType: text,
    chunkHashes: { type: [String], required: true },
    chunksHash: text,
    storedAt: { type: Date, required: true },
  },
  { collection: 'files', versionKey: false },
);

const fileUseSchema = new Schema<FileUse>(
  {
    _id: text,
    sha256: text,
    name: text,
    ownerKind: { ...text, enum: ['project', 'milestone', 'alert', 'other'] },
    ownerId: text,
    uploadedBy: text,
    orgId: text,
    division: text,
    at: { type: Date, required: true },
    txId: { type: String, default: null },
  },
  { collection: 'file_uses', versionKey: false },
);
fileUseSchema.index({ sha256: 1 });
fileUseSchema.index({ ownerKind: 1, ownerId: 1, at: -1 });

export const FileModel = model('File', fileSchema);
export const FileUseModel = model('FileUse', fileUseSchema);
