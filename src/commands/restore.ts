/** `npm run restore -- --from DIR [--secrets DIR]`: a backup into the empty folder of DATA_DIR. */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { assertEmpty, loadDocuments } from '../backup/documents.ts';
import { secretsFolder } from '../backup/manifest.ts';
import { readManifest, restoreBackup } from '../backup/restore.ts';
import { loadStartConfig } from '../config.ts';
import { openDocumentStore } from '../models/connection.ts';
import { recordNamedStore } from '../servers/document-store.ts';
import { StartError } from '../supervisor/start-error.ts';
import { tell } from '../supervisor/terminal.ts';
import { runCommand } from './run-command.ts';

await runCommand(async () => {
  const option = { type: 'string' } as const;
  const { values } = parseArgs({ options: { from: option, secrets: option } });
  if (values.from === undefined) throw new StartError('Which backup? npm run restore -- --from DIR');
  const from = resolve(values.from);
  const config = loadStartConfig();
  const dataDir = resolve(config.dataDir);
  const secrets = resolve(values.secrets ?? join(from, secretsFolder));
  const began = Date.now();
  const { documentStore } = await readManifest(from);
  const load = documentStore === 'built-in' ? undefined : await mongoDb(config.mongodbUri);
  const { manifest, transactions } = await restoreBackup({ from, secrets, dataDir });
  if (load !== undefined) {
    await load(join(from, 'documents'));
    recordNamedStore(dataDir);
  }
  const { block, files, installation } = manifest;
  tell(
    `${files.length} files and ${transactions} transactions proven and restored to ${dataDir} in ${((Date.now() - began) / 1000).toFixed(1)} s.`,
  );
  tell(`The ledger ends at block ${block.height - 1}, hash ${block.hash}, as of ${manifest.takenAt}.`);
  tell(
    `Start it: DATA_DIR=${dataDir} npm ${installation === 'real' ? 'run serve' : 'start'}. Banks push again what they have no answer for.`,
  );
});

/** @returns what loads BSON files into the database of MONGODB_URI, found empty */
async function mongoDb(uri: string | undefined): Promise<(folder: string) => Promise<void>> {
  if (uri === undefined) {
    throw new StartError(
      'This backup holds the documents of a MongoDB: set MONGODB_URI to an empty database.',
    );
  }
  const connection = await openDocumentStore(uri);
  await assertEmpty(connection);
  return async (folder) => {
    const count = await loadDocuments(connection, folder);
    await connection.close();
    tell(`${count} documents loaded; the read model follows from the blocks at the first start.`);
  };
}
