/** Proposed changes of the channel below `proposals/`: one file each, with the signatures collected so far. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readJson, writeWhole } from '../src/supervisor/data-folder.ts';
import { StartError } from '../src/supervisor/start-error.ts';

const organisation = z.strictObject({ name: z.string(), mspId: z.string(), slot: z.int() });

const proposalFile = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]+$/),
  kind: z.enum(['admit', 'remove']),
  organisation,
  /** The change of the configuration as it is signed, base64. */
  update: z.base64(),
  /** Signatures in Fabric's form, base64, by the MSP of the signer. */
  signatures: z.record(z.string(), z.base64()),
});

/** An organisation's admission or removal that is being decided. */
export type Proposal = z.infer<typeof proposalFile>;

/** Writes a proposal, in place of an older state of it. */
export function writeProposal(folder: string, proposal: Proposal): void {
  mkdirSync(join(folder, 'proposals'), { recursive: true, mode: 0o700 });
  writeWhole(pathOf(folder, proposal.id), JSON.stringify(proposal, null, 2));
}

/** Reads a proposal. @throws StartError when there is none of this id */
export function readProposal(folder: string, id: string): Proposal {
  const found = readJson(pathOf(folder, id), proposalFile);
  if (!found)
    throw new StartError(`There is no proposal "${id}": ${listProposals(folder).join(', ') || 'none'}.`);
  return found;
}

/** Deletes a proposal that was carried out or given up. */
export function removeProposal(folder: string, id: string): void {
  rmSync(pathOf(folder, id), { force: true });
}

/** @returns ids of the proposals that wait */
export function listProposals(folder: string): string[] {
  mkdirSync(join(folder, 'proposals'), { recursive: true, mode: 0o700 });
  const files = readdirSync(join(folder, 'proposals')).filter((file) => file.endsWith('.json'));
  return files.map((file) => file.slice(0, -'.json'.length)).sort();
}

/** How many organisations must sign: more than half. */
export function majorityOf(count: number): number {
  return Math.floor(count / 2) + 1;
}

function pathOf(folder: string, id: string): string {
  return join(folder, 'proposals', `${id.replace(/[^a-z0-9-]/g, '')}.json`);
}
