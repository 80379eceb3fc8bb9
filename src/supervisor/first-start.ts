/** What happens once in the life of a data folder: demonstration data, or the first administrators. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config.ts';
import { writeWhole } from './data-folder.ts';
import type { InstallationKind } from './data-folder.ts';
import { childEnvironment } from './plan.ts';
import type { Scripts } from './plan.ts';
import { runTask } from './task.ts';
import { complain, step, tell } from './terminal.ts';

/** What the first start is for. */
export interface FirstStart {
  readonly kind: InstallationKind;
  readonly scripts: Scripts;
  /** Ends it early. */
  readonly signal: AbortSignal;
}

/**
 * Does what the first start on this data folder asks for; nothing on later ones.
 * @param config of the running platform
 * @param first what the start is for
 */
export async function firstStart(config: Config, first: FirstStart): Promise<void> {
  if (first.kind === 'demo') await demonstration(config, first);
  else await administrators(config, first);
}

async function demonstration(config: Config, { scripts, signal }: FirstStart): Promise<void> {
  const done = join(config.dataDir, 'demo.done');
  if (existsSync(done)) return;
  try {
    await step('demonstration data', async () => {
      await runTask({ ...task(config, signal), name: 'demo', script: scripts.demo });
      if (!existsSync(done)) writeWhole(done, '');
    });
  } catch (error) {
    if (signal.aborted) return;
    complain(
      `  The demonstration data is not complete, and is tried again at the next start: ${messageOf(error)}`,
    );
  }
}

async function administrators(config: Config, { scripts, signal }: FirstStart): Promise<void> {
  const done = join(config.dataDir, 'administrators.done');
  if (existsSync(done)) return;
  const spec = { ...task(config, signal), name: 'first-administrators', script: scripts.firstAdministrators };
  await step('first administrators', async () => {
    const passwords = await runTask({ ...spec, confidential: true });
    tell(`\nFirst administrators; these passwords are shown once and work once:\n${passwords.trimEnd()}\n`);
    writeWhole(done, '');
  });
}

function task(config: Config, signal: AbortSignal): Omit<Parameters<typeof runTask>[0], 'name' | 'script'> {
  return { env: childEnvironment(config), logFolder: join(config.dataDir, 'logs'), signal };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
