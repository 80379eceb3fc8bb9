/** `npm run reset`: deletes the data folder, after asking, so that the next start begins again. */

import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { ConfigError, loadStartConfig } from '../config.ts';
import { openDataFolder, readInstallation } from '../supervisor/data-folder.ts';
import { StartError } from '../supervisor/start-error.ts';
import { complain, tell } from '../supervisor/terminal.ts';

try {
  await reset(resolve(loadStartConfig().dataDir), process.argv.includes('--yes'));
} catch (error) {
  if (!(error instanceof StartError || error instanceof ConfigError)) throw error;
  complain(error.message);
  process.exitCode = 1;
}

async function reset(path: string, sure: boolean): Promise<void> {
  if (!existsSync(path)) {
    tell(`${path} does not exist; the next start begins with nothing.`);
    return;
  }
  const data = openDataFolder(path);
  try {
    const kind = readInstallation(path);
    if (kind === undefined)
      throw new StartError(`${path} holds no data of the platform; nothing was deleted.`);
    const what = kind === 'real' ? 'a REAL installation' : 'demonstration data';
    if (!sure && !(await confirmed(`Delete everything in ${path} (${what})? Type yes: `))) {
      throw new StartError('Nothing was deleted.');
    }
    for (const name of readdirSync(path)) rmSync(join(path, name), { recursive: true, force: true });
    tell(`Deleted everything in ${path}. The next npm start begins again.`);
  } finally {
    data.close();
  }
}

async function confirmed(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (await Promise.race([terminal.question(question), ended(terminal)])) === 'yes';
  } finally {
    terminal.close();
  }
}

function ended(terminal: ReturnType<typeof createInterface>): Promise<string> {
  return new Promise((resolveEnd) => terminal.once('close', () => resolveEnd('')));
}
