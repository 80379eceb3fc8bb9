/** The steps from nothing, or from wherever a crash left things, to a network that has committed a transaction. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { peer as protos } from '@hyperledger/fabric-protos';
import { reasonOf } from '../src/blockchain/channel-config/organisation-admin.ts';
import type { AdminClient } from './admin-client.ts';
import { codeFolder } from './chaincode-package.ts';
import { profileName, renderConfigtx } from './configtx.ts';
import { hasConnection, writeConnection } from './connection-file.ts';
import { newDeployment, readDeployment, writeDeployment, type Deployment } from './deployment.ts';
import { approve, commit, committed, hasApproved, install, isInstalled } from './lifecycle.ts';
import { hasMaterial, makeMaterial } from './material.ts';
import { hasJoined, isWell, joinChannel, metricsOf } from './node-status.ts';
import {
  chaincodeHealth,
  chaincodeProcess,
  nodeHealth,
  ordererProcess,
  peerProcess,
  type Health,
} from './nodes.ts';
import { chaincodeName, type NetworkPlan } from './plan.ts';
import type { Processes } from './processes.ts';
import type { Programs } from './programs.ts';
import type { Step } from './steps.ts';

const run = promisify(execFile);
const SYSTEM_CALL = { chaincode: chaincodeName, fn: 'org.hyperledger.fabric:GetMetadata' };
const PATIENCE_MS = 30_000;

/** What the steps work with. */
export interface BringUp {
  readonly plan: NetworkPlan;
  readonly programs: Programs;
  readonly processes: Processes;
  /** Folder of the contracts of the first deployment; absent = the repository's. */
  readonly code?: string | undefined;
}

/** Steps that need no node: keys, first block, contracts. */
export function preparation({ plan, programs, code }: BringUp): Step[] {
  const block = genesisPath(plan);
  return [
    {
      title: 'keys and certificates',
      missing: () => Promise.resolve(hasMaterial(plan) ? null : 'certificates are missing'),
      run: () => makeMaterial(plan),
    },
    {
      title: 'first block of the channel',
      missing: () => Promise.resolve(existsSync(block) ? null : `${block} is missing`),
      run: () => makeGenesis(plan, programs),
    },
    {
      title: 'contracts to deploy',
      missing: () => Promise.resolve(deployed(plan) ? null : 'no contracts are chosen'),
      run: () => {
        writeDeployment(plan, newDeployment(plan, 1, code));
        return Promise.resolve();
      },
    },
  ];
}

/** Steps that start the processes. */
export function starting({ plan, programs, processes }: BringUp): Step[] {
  const nodes = nodeHealth(plan);
  return [
    {
      title: 'orderers, peers and contracts started',
      missing: async () => (await unwell(nodes)) ?? firstStopped(plan, processes),
      run: () => {
        for (const one of plan.orderers) processes.start(ordererProcess(plan, one, programs));
        for (const { peer } of plan.organisations) processes.start(peerProcess(plan, peer, programs));
        startContracts(plan, processes);
        return Promise.resolve();
      },
    },
  ];
}

/** Steps from running nodes to a committed transaction. */
export function joining({ plan }: BringUp, admins: readonly AdminClient[]): Step[] {
  return [
    ...channelSteps(plan, admins),
    ...contractSteps(plan, admins),
    firstTransaction(admins),
    {
      title: 'connection.json',
      missing: () =>
        Promise.resolve(
          hasConnection(plan, mustDeployment(plan).sequence) ? null : 'connection.json is missing or old',
        ),
      run: () => {
        writeConnection(plan, mustDeployment(plan).sequence);
        return Promise.resolve();
      },
    },
  ];
}

/** Starts the contracts' processes of the deployment that is written down; those that run go on. */
export function startContracts(plan: NetworkPlan, processes: Processes): void {
  const deployment = mustDeployment(plan);
  for (const organisation of plan.organisations)
    processes.start(chaincodeProcess(plan, organisation, deployment));
}

/** Steps that deploy what is written down: installed on each peer, approved by each organisation, committed. */
export function contractSteps(plan: NetworkPlan, admins: readonly AdminClient[]): Step[] {
  const [first] = admins;
  if (!first) return [];
  return [
    {
      title: 'contracts warm',
      missing: () => unwell(chaincodeHealth(plan, mustDeployment(plan))),
      run: () => Promise.resolve(),
    },
    {
      title: 'contracts installed on each peer',
      missing: () => missingAt(admins, (admin) => isInstalled(admin, mustDeployment(plan))),
      // A peer's health is good some time before it takes calls.
      run: () => each(admins, (admin) => insist(() => installOnce(admin, mustDeployment(plan)))),
    },
    {
      title: 'contracts approved by each organisation',
      missing: () => missingAt(admins, (admin) => hasApproved(admin, mustDeployment(plan))),
      run: () => each(admins, (admin) => deploy(admin, mustDeployment(plan))),
    },
    {
      title: 'contracts committed on the channel',
      missing: () => missingAt(admins, (admin) => isCommitted(admin, mustDeployment(plan))),
      run: () =>
        insist(async () => {
          const deployment = mustDeployment(plan);
          const endorsers = admins.map(({ organisation }) => organisation.mspId);
          if (!(await isCommitted(first, deployment))) await commit(first, deployment, endorsers);
        }),
    },
    {
      title: 'contracts answer on each peer',
      missing: () => missingAt(admins, (admin) => admin.evaluate(SYSTEM_CALL).then(() => true)),
      run: () => Promise.resolve(),
    },
  ];
}

function channelSteps(plan: NetworkPlan, admins: readonly AdminClient[]): Step[] {
  return [
    {
      title: 'orderers on the channel',
      missing: async () => {
        const joined = await Promise.all(plan.orderers.map((one) => hasJoined(plan, one).catch(() => false)));
        return joined.every(Boolean) ? null : 'an orderer has not joined';
      },
      run: () =>
        each(plan.orderers, async (one) => {
          if (!(await hasJoined(plan, one))) await joinChannel(plan, one, genesisBlock(plan));
        }),
    },
    {
      title: 'peers on the channel',
      missing: () => missingAt(admins, (admin) => peerHasJoined(plan, admin)),
      run: () =>
        each(admins, (admin) =>
          insist(async () => {
            if (await peerHasJoined(plan, admin)) return;
            await admin.onOwnPeer({ chaincode: 'cscc', fn: 'JoinChain', args: [genesisBlock(plan)] });
          }),
        ),
    },
    {
      title: 'orderers have a leader',
      missing: async () => ((await hasLeader(plan)) ? null : 'no orderer leads'),
      run: () => Promise.resolve(),
    },
  ];
}

/** A commit through the gateway is the only proof that peers have found each other. Tried anew at every start. */
export function firstTransaction(admins: readonly AdminClient[]): Step {
  const state = { isCommitted: false };
  return {
    title: 'a transaction committed through the gateway',
    missing: () => Promise.resolve(state.isCommitted ? null : 'none was committed'),
    run: () =>
      insist(async () => {
        await admins[0]?.submit(SYSTEM_CALL);
        state.isCommitted = true;
      }),
  };
}

/** Tries again while peers do not know of each other yet. @throws Error with the peers' words after half a minute */
export async function insist(work: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      if (performance.now() > deadline) throw new Error(reasonOf(error), { cause: error });
      await delay(100);
    }
  }
}

/** Installs and approves for one organisation what it lacks. */
export async function deploy(admin: AdminClient, deployment: Deployment): Promise<void> {
  await installOnce(admin, deployment);
  await insist(async () => {
    if (!(await hasApproved(admin, deployment))) await approve(admin, deployment);
  });
}

async function installOnce(admin: AdminClient, deployment: Deployment): Promise<void> {
  if (!(await isInstalled(admin, deployment))) await install(admin, deployment);
}

/** True when the organisation's peer works by this definition. */
export async function isCommitted(admin: AdminClient, deployment: Deployment): Promise<boolean> {
  const found = await committed(admin);
  return found?.sequence === deployment.sequence && found.version === deployment.version;
}

async function makeGenesis(plan: NetworkPlan, programs: Programs): Promise<void> {
  const folder = join(plan.folder, 'channel');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'configtx.yaml'), renderConfigtx(plan));
  const draft = `${genesisPath(plan)}.new`;
  const args = ['-configPath', folder, '-profile', profileName, '-channelID', plan.channel];
  await run(programs.configtxgen, [...args, '-outputBlock', draft], { cwd: folder, env: {} });
  renameSync(draft, genesisPath(plan));
}

function genesisPath(plan: NetworkPlan): string {
  return join(plan.folder, 'channel/genesis.block');
}

function genesisBlock(plan: NetworkPlan): Buffer {
  return readFileSync(genesisPath(plan));
}

function deployed(plan: NetworkPlan): boolean {
  const deployment = readDeployment(plan);
  return deployment !== null && existsSync(codeFolder(plan.folder, deployment.digest));
}

/** @returns what is deployed @throws Error before the first deployment */
export function mustDeployment(plan: NetworkPlan): Deployment {
  const deployment = readDeployment(plan);
  if (!deployment) throw new Error('deployment.json is missing');
  return deployment;
}

async function peerHasJoined(plan: NetworkPlan, admin: AdminClient): Promise<boolean> {
  const bytes = await admin.onOwnPeer({ chaincode: 'cscc', fn: 'GetChannels' });
  const channels = protos.ChannelQueryResponse.deserializeBinary(bytes).getChannelsList();
  return channels.some((one) => one.getChannelId() === plan.channel);
}

async function hasLeader(plan: NetworkPlan): Promise<boolean> {
  const metrics = await Promise.all(
    plan.orderers.map((one) => metricsOf(`http://127.0.0.1:${one.ports.operations}`)),
  );
  const name = plan.consensus === 'bft' ? 'consensus_BFT_leader_id' : 'consensus_etcdraft_is_leader';
  return metrics.some((one) => (one.get(`${name}{channel="${plan.channel}"}`) ?? 0) > 0);
}

/** Which of the nodes do not answer; null when all do. */
export async function unwell(nodes: readonly Health[]): Promise<string | null> {
  const well = await Promise.all(nodes.map(({ url }) => isWell(url)));
  const sick = nodes.filter((_, index) => !well[index]).map(({ name }) => name);
  return sick.length === 0 ? null : `${sick.join(', ')} not ready`;
}

function firstStopped(plan: NetworkPlan, processes: Processes): string | null {
  const names = [...nodeHealth(plan), ...chaincodeHealth(plan, mustDeployment(plan))].map(({ name }) => name);
  const stopped = names.find((name) => !processes.running(name));
  return stopped === undefined ? null : `${stopped} does not run`;
}

/** At which organisations' peers something is not seen yet; null when it is seen at all. */
export async function missingAt(
  admins: readonly AdminClient[],
  look: (admin: AdminClient) => Promise<boolean>,
): Promise<string | null> {
  const seen = await Promise.all(admins.map((admin) => look(admin).catch(() => false)));
  const lacking = admins.filter((_, index) => !seen[index]).map(({ organisation }) => organisation.peer.name);
  return lacking.length === 0 ? null : `not yet at ${lacking.join(', ')}`;
}

async function each<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  await Promise.all(items.map(work));
}
