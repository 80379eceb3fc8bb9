/** The words at the end of a start: address, accounts, where the data lies, how to stop and to begin again. */

import { join, resolve } from 'node:path';
import { z } from 'zod';
import type { Config } from '../config.ts';
import { readJson } from './data-folder.ts';
import type { InstallationKind } from './data-folder.ts';
import { tell } from './terminal.ts';

const accounts = z.array(
  z.looseObject({
    username: z.string(),
    password: z.string(),
    name: z.string(),
    role: z.string(),
    organisation: z.string(),
  }),
);

const SHOWN_MAX = 16;

/**
 * Prints how to go on.
 * @param config of the running platform
 * @param run what it was started for, and how long the start took
 */
export function sayReady(config: Config, run: { kind: InstallationKind; seconds: number }): void {
  const given = givenVariables(config);
  const lines = [
    '',
    `Ready after ${run.seconds.toFixed(1)} s: ${config.publicUrl}`,
    ...(run.kind === 'demo' ? demoLines(config) : []),
    `Data: ${config.dataDir}`,
    `Stop: Ctrl-C. Start again: ${given}npm ${run.kind === 'demo' ? 'start' : 'run serve'}.`,
    ...(run.kind === 'demo' ? ['Begin again from nothing: npm run reset (asks before it deletes).'] : []),
  ];
  tell(lines.join('\n'));
}

function givenVariables(config: Config): string {
  const port = config.port === 3000 ? '' : `PORT=${config.port} `;
  return config.dataDir === resolve('data') ? port : `DATA_DIR=${config.dataDir} ${port}`;
}

function demoLines(config: Config): string[] {
  const file = join(config.dataDir, 'demo-accounts.json');
  const list = readJson(file, accounts) ?? [];
  const shown = list.slice(0, SHOWN_MAX);
  const width = Math.max(0, ...shown.map(({ username }) => username.length));
  const rows = shown.map(
    (one) =>
      `  ${one.username.padEnd(width)}  ${one.password}  ${one.organisation} ${one.name}（${one.role}）`,
  );
  const more = list.length > SHOWN_MAX ? [`  and ${list.length - SHOWN_MAX} more in ${file}`] : [];
  const head = rows.length > 0 ? ['Demonstration accounts (user name, password, person):'] : [];
  return [`Sample bank: http://localhost:${config.bankPort}`, ...head, ...rows, ...more];
}
