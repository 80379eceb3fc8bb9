/**
 * `npm run drill [-- --load N]`: backs up the running platform, restores it elsewhere, starts it there, and proves that ledger, documents and
 * files agree up to the backup's block. Exit code 1 when a proof fails.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Connection } from 'mongoose';
import { takeBackup } from '../backup/backup.ts';
import { loadDocuments } from '../backup/documents.ts';
import { startLoad, type Load } from '../backup/load.ts';
import { secretsFolder } from '../backup/manifest.ts';
import { lossSince, proveRestored, type Loss, type Proof, type Side } from '../backup/prove.ts';
import { startRestored } from '../backup/restored-platform.ts';
import { restoreBackup } from '../backup/restore.ts';
import { connectEmbeddedLedger } from '../blockchain/embedded/client.ts';
import { loadStartConfig } from '../config.ts';
import { openDocumentStore } from '../models/connection.ts';
import { documentStoreOf } from '../servers/document-store.ts';
import { StartError } from '../supervisor/start-error.ts';
import { step, tell } from '../supervisor/terminal.ts';
import { withOwnServers, withPlatform } from './platform-access.ts';
import { runCommand } from './run-command.ts';

await runCommand(async () => {
  const { values } = parseArgs({ options: { load: { type: 'string', default: '0' } } });
  const perSecond = Number(values.load);
  if (!Number.isInteger(perSecond) || perSecond < 0 || perSecond > 1000) {
    throw new StartError('--load is a number of pushes a second, 1 to 1000.');
  }
  const folder = await mkdtemp(join(tmpdir(), 'drill-'));
  try {
    const { proof, loss } = await withPlatform((access) => drill(access, folder, perSecond));
    report(proof, loss);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

async function drill(
  original: Side & { readonly channel: string },
  folder: string,
  perSecond: number,
): Promise<{ proof: Proof; loss: Loss }> {
  const { port, ...config } = loadStartConfig();
  const dataDir = resolve(config.dataDir);
  const [from, to] = [join(folder, 'backup'), join(folder, 'data')];
  const load = perSecond > 0 ? await startLoad({ dataDir, port }, perSecond) : undefined;
  if (load !== undefined) await step('load', () => untilAtWork(load, perSecond));
  const begun = new Date();
  const source = { ...original, dataDir, documentStore: documentStoreOf(dataDir) };
  const manifest = await step('backup taken', () => takeBackup(source, from));
  await load?.stop();
  await step('restored elsewhere, every file and signature proven', () =>
    restore(from, to, original.channel),
  );
  const platform = await step('restored platform ready', () => startRestored(to, manifest.installation));
  const connection = await openDocumentStore(platform.mongodbUri);
  const ledger = connectEmbeddedLedger({ socketPath: platform.ledgerSocket, channel: original.channel });
  try {
    const restored = { ledger, connection, dataDir: to };
    const proof = await step('compared', () => proveRestored(original, restored, manifest, begun));
    tell(`Both ledgers hold block ${manifest.block.height - 1}, hash ${manifest.block.hash}.`);
    return { proof, loss: await lossSince(original, restored, manifest) };
  } finally {
    await ledger.close();
    await connection.close();
    await platform.stop();
  }
}

async function untilAtWork(load: Load, perSecond: number): Promise<string> {
  while (load.answered() < perSecond) await delay(50);
  return `${perSecond} pushes a second`;
}

/** Documents of a MongoDB go into a built-in server for the drill, so that no second MongoDB is needed. */
async function restore(from: string, dataDir: string, channel: string): Promise<void> {
  const { manifest } = await restoreBackup({ from, secrets: join(from, secretsFolder), dataDir });
  if (manifest.documentStore === 'built-in') return;
  await writeFile(join(dataDir, 'choices.json'), JSON.stringify({ documentStore: 'built-in' }), {
    mode: 0o600,
  });
  await withOwnServers({ dataDir, channel }, ({ connection }) => loadAll(connection, from));
}

async function loadAll(connection: Connection, from: string): Promise<void> {
  await loadDocuments(connection, join(from, 'documents'));
}

function report(proof: Proof, loss: Loss): void {
  for (const fault of proof.faults) tell(`NOT PROVEN: ${fault}.`);
  const { transactions, documents, storedFiles, messages } = proof;
  tell(
    `${transactions} transactions, ${documents} documents of the read model, ${storedFiles} files, ` +
      `${messages} bank messages answered before the backup: ${proof.faults.length === 0 ? 'all there, all agree' : 'see above'}.`,
  );
  tell(
    `A total loss at this moment would cost what came after the backup: ${loss.blocks} blocks and ${loss.messages} bank messages. ` +
      'With current copies of blocks.chain and of the documents it costs nothing that was acknowledged.',
  );
  process.exitCode = proof.faults.length === 0 ? 0 : 1;
}
