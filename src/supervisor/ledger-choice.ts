/** Keeps to the ledger of the first start, so that a changed setting never leaves a platform without its history. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Config } from '../config.ts';
import type { LedgerConfig } from '../open-ledger.ts';
import { readJson, writeWhole } from './data-folder.ts';
import { StartError } from './start-error.ts';

const choicesFile = z.looseObject({ ledger: z.enum(['embedded', 'fabric']).optional() });

/**
 * Records the ledger in `choices.json` of the data folder at the first start.
 * @param dataFolder the data folder
 * @param ledger what the configuration asks for now
 * @throws StartError when the data belong to the other ledger
 */
export function keepLedger(dataFolder: string, ledger: Config['ledger']): void {
  const file = join(dataFolder, 'choices.json');
  const choices = readJson(file, choicesFile);
  if (choices === undefined && existsSync(file)) {
    throw new StartError(`${file} is damaged: it should hold {"ledger":"embedded"} or {"ledger":"fabric"}.`);
  }
  if (choices?.ledger === undefined) {
    writeWhole(file, `${JSON.stringify({ ...choices, ledger }, null, 2)}\n`);
  } else if (choices.ledger !== ledger) {
    throw new StartError(
      `LEDGER holds "${ledger}", but ${dataFolder} belongs to the ledger "${choices.ledger}": set LEDGER=${choices.ledger}, or DATA_DIR to another folder.`,
    );
  }
}

/** Records that the data belong to another ledger from now on: its state was moved there. @param dataFolder the data folder */
export function setLedgerChoice(dataFolder: string, ledger: Config['ledger']): void {
  const file = join(dataFolder, 'choices.json');
  writeWhole(file, `${JSON.stringify({ ...readJson(file, choicesFile), ledger }, null, 2)}\n`);
}

/**
 * Looks for the network before anything is started on it.
 * @returns a sentence on it for the start line
 * @throws StartError when the file that describes it is absent or damaged
 */
export async function checkNetwork(config: LedgerConfig): Promise<string> {
  try {
    // The network's client is loaded only where there is a network.
    const [{ readConnection }, { connectionFileOf }] = await Promise.all([
      import('../blockchain/fabric/connection.ts'),
      import('../open-ledger.ts'),
    ]);
    const { channel, organisations, orderers } = await readConnection(connectionFileOf(config));
    return `channel ${channel}, ${organisations.length} organisations, ${orderers.length} orderers`;
  } catch (error) {
    throw new StartError(error instanceof Error ? error.message : String(error));
  }
}
