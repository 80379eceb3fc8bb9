/** The channel's first block: made once from configtx.yaml, then kept. */
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { reasonOf } from '../src/blockchain/channel-config/organisation-admin.ts';
import { StartError } from '../src/supervisor/start-error.ts';
import { profileName, renderConfigtx } from './configtx.ts';
import type { NetworkPlan } from './plan.ts';
import type { Programs } from './programs.ts';

const run = promisify(execFile);

/** Makes the block by configtxgen. @throws StartError with its words when it does not */
export async function makeGenesis(plan: NetworkPlan, programs: Programs): Promise<void> {
  const folder = join(plan.folder, 'channel');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'configtx.yaml'), renderConfigtx(plan));
  const draft = `${genesisPath(plan)}.new`;
  const args = ['-configPath', folder, '-profile', profileName, '-channelID', plan.channel];
  await run(programs.configtxgen, [...args, '-outputBlock', draft], { cwd: folder, env: {} }).catch(
    (error: unknown) => {
      throw new StartError(`configtxgen made no block: ${reasonOf(error)}`, { cause: error });
    },
  );
  renameSync(draft, genesisPath(plan));
}

/** Where the block lies. */
export function genesisPath(plan: NetworkPlan): string {
  return join(plan.folder, 'channel/genesis.block');
}

/** The block's bytes. */
export function genesisBlock(plan: NetworkPlan): Buffer {
  return readFileSync(genesisPath(plan));
}
