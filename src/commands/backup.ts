/** `npm run backup [-- --to DIR]`: a whole copy of the running platform, up to a named block. */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { backupFolder, takeBackup } from '../backup/backup.ts';
import { secretsFolder } from '../backup/manifest.ts';
import { loadStartConfig } from '../config.ts';
import { documentStoreOf } from '../servers/document-store.ts';
import { tell } from '../supervisor/terminal.ts';
import { runCommand } from './run-command.ts';
import { withPlatform } from './platform-access.ts';

await runCommand(async () => {
  const { values } = parseArgs({ options: { to: { type: 'string' } } });
  const dataDir = resolve(loadStartConfig().dataDir);
  const to = values.to === undefined ? backupFolder(dataDir, new Date()) : resolve(values.to);
  const began = Date.now();
  const { block, files } = await withPlatform(({ connection, channel }) =>
    takeBackup({ dataDir, connection, channel, documentStore: documentStoreOf(dataDir) }, to),
  );
  const mebibytes = (files.reduce((sum, { size }) => sum + size, 0) / 1024 / 1024).toFixed(1);
  tell(
    `Backup in ${to}: ${files.length} files, ${mebibytes} MiB, in ${((Date.now() - began) / 1000).toFixed(1)} s.`,
  );
  tell(`It holds the ledger up to block ${block.height - 1}, hash ${block.hash}.`);
  tell(`Move ${join(to, secretsFolder)} to another place than the rest: it opens everything.`);
});
