/** Which contracts the network runs: `deployment.json`, written before anything is installed. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readJson, writeWhole } from '../src/supervisor/data-folder.ts';
import { codeFolder, keepCode, makePackage, readCode, type ChaincodePackage } from './chaincode-package.ts';
import { chaincodeName, contractPorts, type NetworkPlan, type OrganisationPlan } from './plan.ts';

const deploymentFile = z.strictObject({
  sequence: z.int().positive(),
  version: z.string(),
  digest: z.string(),
});

/** The contracts that run: the definition's number and version, and the digest of the code. */
export type Deployment = z.infer<typeof deploymentFile>;

/** @returns what is deployed, null before the first deployment */
export function readDeployment(plan: NetworkPlan): Deployment | null {
  return readJson(pathOf(plan), deploymentFile) ?? null;
}

/** True when contracts are chosen and their code is kept. */
export function deployed(plan: NetworkPlan): boolean {
  const deployment = readDeployment(plan);
  return deployment !== null && existsSync(codeFolder(plan.folder, deployment.digest));
}

/** @returns what is deployed @throws Error before the first deployment */
export function mustDeployment(plan: NetworkPlan): Deployment {
  const deployment = readDeployment(plan);
  if (!deployment) throw new Error('deployment.json is missing');
  return deployment;
}

/** Writes down what runs from now on. */
export function writeDeployment(plan: NetworkPlan, deployment: Deployment): void {
  writeWhole(pathOf(plan), JSON.stringify(deployment, null, 2));
}

/**
 * Takes contracts as the deployment with the given number; a copy of the code is kept.
 * @param source folder of the contracts, by default the repository's
 */
export function newDeployment(plan: NetworkPlan, sequence: number, source?: string): Deployment {
  const code = readCode(source);
  keepCode(plan.folder, code.digest, source);
  return { sequence, version: code.version, digest: code.digest };
}

/** The package that an organisation's peer installs for a deployment. */
export function packageOf(deployment: Deployment, { peer }: OrganisationPlan): ChaincodePackage {
  return makePackage(chaincodeName, deployment.digest, contractPorts(peer, deployment.sequence).serve);
}

function pathOf(plan: NetworkPlan): string {
  return join(plan.folder, 'deployment.json');
}
