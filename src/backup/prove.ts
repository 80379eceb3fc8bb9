/** What a drill proves of a restored platform, beside the one that it was taken from. */
import { join } from 'node:path';
import type { Connection } from 'mongoose';
import type { EmbeddedLedger } from '../blockchain/embedded/embedded-ledger.ts';
import type { Ledger } from '../blockchain/ledger.port.ts';
import { FileStore } from '../models/file/file.store.ts';
import type { StoredFile } from '../models/file/file.store.ts';
import { checkReadModel } from '../models/read-model/check.ts';
import type { Manifest } from './manifest.ts';

/** One platform as the proof sees it. */
export interface Side {
  readonly ledger: Ledger;
  readonly connection: Connection;
}

/** A proof that failed, as a sentence; and counts of those that held. */
export interface Proof {
  readonly faults: readonly string[];
  readonly transactions: number;
  readonly documents: number;
  readonly storedFiles: number;
  /** Bank messages that had been answered before the backup began; all of them must be there. */
  readonly messages: number;
}

/** What a loss of the original at this moment would cost. */
export interface Loss {
  readonly blocks: number;
  readonly messages: number;
}

/** Proves chain, read model, files and inbox of the restored platform up to the backup's block. */
export async function proveRestored(
  original: Side,
  restored: Side & { readonly ledger: EmbeddedLedger; readonly dataDir: string },
  { block }: Manifest,
  begun: Date,
): Promise<Proof> {
  const chain = await restored.ledger.verifyChain();
  const faults = chain.problems.map((one) => `block ${one.block} of the restored chain: ${one.problem}`);
  for (const [name, { ledger }] of [
    ['original', original],
    ['restored', restored],
  ] as const) {
    const found = await ledger.block(block.height - 1);
    if (found?.hash !== block.hash)
      faults.push(`block ${block.height - 1} of the ${name} ledger has another hash`);
  }
  const model = await checkReadModel(restored);
  if (model.differences.length > 0)
    faults.push(`${model.differences.length} differences between read model and ledger`);
  const files = await storedFiles(restored.connection);
  const store = new FileStore({ folder: join(restored.dataDir, 'files'), maxBytes: 0 });
  for (const file of files)
    if (!(await store.isIntact(file))) faults.push(`file ${file.sha256} is not intact`);
  const answered = await messageIds(original.connection, { receivedAt: { $lt: begun } });
  const kept = new Set(await messageIds(restored.connection, {}));
  const lost = answered.filter((id) => !kept.has(id));
  if (lost.length > 0) faults.push(`${lost.length} bank messages answered before the backup are missing`);
  const { transactions } = chain;
  return {
    faults,
    transactions,
    documents: model.documents,
    storedFiles: files.length,
    messages: answered.length,
  };
}

/** What has been acknowledged since the backup, and stands in no copy but the current ones of ledger and inbox. */
export async function lossSince(original: Side, restored: Side, { block }: Manifest): Promise<Loss> {
  const { height } = await original.ledger.info();
  const kept = new Set(await messageIds(restored.connection, {}));
  const now = await messageIds(original.connection, {});
  return { blocks: height - block.height, messages: now.filter((id) => !kept.has(id)).length };
}

async function messageIds(connection: Connection, filter: object): Promise<string[]> {
  const messages = connection.getClient().db(connection.name).collection<{ _id: string }>('bank_messages');
  const found = await messages.find({ ...filter, state: 'stored' }, { projection: { _id: 1 } }).toArray();
  return found.map(({ _id }) => _id);
}

async function storedFiles(connection: Connection): Promise<StoredFile[]> {
  const files = connection
    .getClient()
    .db(connection.name)
    .collection<Omit<StoredFile, 'sha256'> & { _id: string }>('files');
  const found = await files.find({}, { promoteLongs: true }).toArray();
  return found.map(({ _id, ...rest }) => ({ sha256: _id, ...rest }));
}
