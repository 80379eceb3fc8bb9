/** `npm run fabric:reset`: stops the network and deletes its folder, keys and ledger included, after asking. */
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { StartError } from '../../src/supervisor/start-error.ts';
import { tell } from '../../src/supervisor/terminal.ts';
import { alone, assertNetwork, readSettings } from '../network-folder.ts';
import { stopAll } from './down.ts';

/** Runs the command. @param isAgreed true when `--yes` was given @throws StartError when nobody agrees */
export async function reset(isAgreed: boolean): Promise<void> {
  const { folder } = readSettings();
  assertNetwork(folder);
  if (!isAgreed && !(await asks(folder))) throw new StartError('Nothing was deleted.');
  await alone(folder, async () => {
    await stopAll(folder);
  });
  rmSync(folder, { recursive: true, force: true });
  tell(`${folder} is deleted.`);
}

async function asks(folder: string): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const line = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await line.question(
    `Delete ${folder} with the network's ledger and every key in it? Type "delete": `,
  );
  line.close();
  return answer.trim() === 'delete';
}
