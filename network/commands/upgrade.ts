/**
 * `npm run fabric:upgrade -- show | propose | approve --org <name>|all | commit | withdraw`: new contracts come into force when
 * more than half of the organisations have approved them; calls go on meanwhile.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readJson, writeWhole } from '../../src/supervisor/data-folder.ts';
import { StartError } from '../../src/supervisor/start-error.ts';
import { tell } from '../../src/supervisor/terminal.ts';
import { withAdmins, type AdminClient } from '../admin-client.ts';
import { joining } from '../bring-up.ts';
import { codeFolder, readCode, repositoryCode } from '../chaincode-package.ts';
import { fileChanges, functionChanges, type Changes } from '../code-changes.ts';
import { mustDeployment, newDeployment, writeDeployment, type Deployment } from '../deployment.ts';
import { commitOnce, deploy, each, missingAt, unwell } from '../effects.ts';
import { hasApproved, isCommitted, readiness } from '../lifecycle.ts';
import { alone, existingPlan, readSettings, type NetworkSettings } from '../network-folder.ts';
import { chaincodeHealth, chaincodeProcess, chaincodeProcessName } from '../nodes.ts';
import type { NetworkPlan } from '../plan.ts';
import { Processes } from '../processes.ts';
import { findPrograms, searchPath } from '../programs.ts';
import { majorityOf } from '../proposals.ts';
import { runSteps, type Step } from '../steps.ts';
import { report } from './up.ts';

const pendingFile = z.strictObject({
  sequence: z.int().positive(),
  version: z.string(),
  digest: z.string(),
});

/** What was typed after the command's name. */
export interface UpgradeOptions {
  readonly verb: string;
  readonly org?: string | undefined;
  /** Folder of the new contracts; absent = the repository's. */
  readonly code?: string | undefined;
}

/** Runs the command. @throws StartError with the sentence for the person */
export async function upgrade({ verb, org, code = repositoryCode }: UpgradeOptions): Promise<void> {
  const settings = readSettings();
  const plan = existingPlan(settings);
  await alone(plan.folder, async () => {
    if (verb === 'show') await show(plan, code);
    else if (verb === 'propose') await propose(plan, code);
    else if (verb === 'approve') await approve(plan, org);
    else if (verb === 'commit') await commit(settings, plan);
    else if (verb === 'withdraw') rmSync(pendingPath(plan), { force: true });
    else throw new StartError(`"${verb}" is none of show, propose, approve, commit, withdraw.`);
  });
}

async function show(plan: NetworkPlan, code: string): Promise<void> {
  const present = mustDeployment(plan);
  const pending = readJson(pendingPath(plan), pendingFile);
  tell(`In force: ${present.version} (definition ${present.sequence}).`);
  const next = pending ? codeFolder(plan.folder, pending.digest) : code;
  const version = pending?.version ?? readCode(code).version;
  if (version === present.version) {
    tell('The contracts of this folder are those in force.');
    return;
  }
  tell(`${pending ? 'Proposed' : 'In this folder, not proposed'}: ${version}.`);
  const before = codeFolder(plan.folder, present.digest);
  describeChanges('functions', await functionChanges(before, next));
  describeChanges('files', fileChanges(before, next));
  if (pending) await withAdmins(plan, (admins) => describeApprovals(admins, pending));
}

function describeChanges(what: string, { added, removed, changed }: Changes): void {
  if (added.length + removed.length + changed.length === 0) tell(`  ${what}: none differ`);
  for (const name of added) tell(`  ${what}: + ${name}`);
  for (const name of removed) tell(`  ${what}: - ${name}`);
  for (const name of changed) tell(`  ${what}: ~ ${name}`);
}

async function describeApprovals(admins: readonly AdminClient[], pending: Deployment): Promise<void> {
  const approvals = await approvalsOf(admins, pending);
  for (const [mspId, isGiven] of Object.entries(approvals))
    tell(`  ${mspId}: ${isGiven ? 'approved' : 'not approved'}`);
}

async function propose(plan: NetworkPlan, code: string): Promise<void> {
  const present = mustDeployment(plan);
  const pending = newDeployment(plan, present.sequence + 1, code);
  if (pending.digest === present.digest)
    throw new StartError('The contracts of this folder are those in force: nothing to propose.');
  writeWhole(pendingPath(plan), JSON.stringify(pending, null, 2));
  await show(plan, code);
  tell('Next: npm run fabric:upgrade -- approve --org <name>, then commit.');
}

async function approve(plan: NetworkPlan, org: string | undefined): Promise<void> {
  if (org === undefined) throw new StartError('Say who approves: --org <name>, or --org all.');
  const pending = mustPending(plan);
  await withAdmins(plan, async (admins) => {
    const chosen = admins.filter(({ organisation }) => org === 'all' || organisation.name === org);
    if (chosen.length === 0) throw new StartError(`No organisation is called "${org}".`);
    const step: Step = {
      title: `installed and approved by ${chosen.map(({ mspId }) => mspId).join(', ')}`,
      missing: () => missingAt(chosen, (admin) => hasApproved(admin, pending)),
      run: () => each(chosen, (admin) => deploy(admin, pending)),
    };
    await runSteps([step], report);
    await describeApprovals(admins, pending);
  });
}

async function commit(settings: NetworkSettings, plan: NetworkPlan): Promise<void> {
  const pending = mustPending(plan);
  const present = mustDeployment(plan);
  const programs = findPrograms(searchPath({ ...process.env, FABRIC_BIN: settings.programs }));
  const processes = new Processes(plan.folder);
  const began = performance.now();
  await withAdmins(plan, async (admins) => {
    await checkApprovals(admins, pending);
    await runSteps(commitSteps({ plan, pending, processes, admins }), report);
    writeDeployment(plan, pending);
    await runSteps(joining({ plan, programs, processes }, admins), report);
  });
  for (const { peer } of plan.organisations)
    await processes.stop(chaincodeProcessName(peer, present.sequence));
  rmSync(pendingPath(plan), { force: true });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  tell(`${pending.version} is in force as definition ${pending.sequence} after ${seconds} s.`);
}

async function checkApprovals(admins: readonly AdminClient[], pending: Deployment): Promise<void> {
  const [first] = admins;
  if (!first || (await isCommitted(first, pending))) return;
  const approvals = await approvalsOf(admins, pending);
  const given = Object.values(approvals).filter(Boolean).length;
  const needed = majorityOf(admins.length);
  if (given >= needed) return;
  throw new StartError(`${given} of ${admins.length} organisations have approved; ${needed} are needed.`);
}

function commitSteps(parts: {
  readonly plan: NetworkPlan;
  readonly pending: Deployment;
  readonly processes: Processes;
  readonly admins: readonly AdminClient[];
}): Step[] {
  const { plan, pending, processes, admins } = parts;
  return [
    {
      title: 'new contracts warm beside the old ones',
      missing: () => unwell(chaincodeHealth(plan, pending)),
      run: () => {
        for (const one of plan.organisations) processes.start(chaincodeProcess(plan, one, pending));
        return Promise.resolve();
      },
    },
    {
      title: 'new definition on the channel',
      missing: () => missingAt(admins, (admin) => isCommitted(admin, pending)),
      run: async () => {
        const [first] = admins;
        if (!first) return;
        const approvals = await approvalsOf(admins, pending);
        await commitOnce(
          first,
          pending,
          admins.filter(({ mspId }) => approvals[mspId]),
        );
      },
    },
  ];
}

async function approvalsOf(
  admins: readonly AdminClient[],
  pending: Deployment,
): Promise<Record<string, boolean>> {
  const [first] = admins;
  return first ? readiness(first, pending) : {};
}

function mustPending(plan: NetworkPlan): Deployment {
  const pending = readJson(pendingPath(plan), pendingFile);
  if (!pending) throw new StartError('Nothing is proposed: npm run fabric:upgrade -- propose.');
  return pending;
}

function pendingPath(plan: NetworkPlan): string {
  return join(plan.folder, 'upgrade.json');
}
