/** The steps from nothing, or from wherever a crash left things, to a network that has committed a transaction. */
import { existsSync } from 'node:fs';
import type { AdminClient } from './admin-client.ts';
import { hasConnection, writeConnection } from './connection-file.ts';
import { deployed, mustDeployment, newDeployment, writeDeployment } from './deployment.ts';
import {
  commitOnce,
  deploy,
  each,
  firstStopped,
  hasLeader,
  installOnce,
  missingAt,
  peerHasJoined,
  unwell,
} from './effects.ts';
import { genesisBlock, genesisPath, makeGenesis } from './genesis.ts';
import { hasApproved, isCommitted, isInstalled } from './lifecycle.ts';
import { hasMaterial, makeMaterial } from './material.ts';
import { hasJoined, joinChannel } from './node-status.ts';
import { chaincodeHealth, chaincodeProcess, nodeHealth, ordererProcess, peerProcess } from './nodes.ts';
import { chaincodeName, type NetworkPlan } from './plan.ts';
import type { Processes } from './processes.ts';
import type { Programs } from './programs.ts';
import type { Step } from './steps.ts';

const SYSTEM_CALL = { chaincode: chaincodeName, fn: 'org.hyperledger.fabric:GetMetadata' };

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
      run: () => each(admins, (admin) => installOnce(admin, mustDeployment(plan))),
    },
    {
      title: 'contracts approved by each organisation',
      missing: () => missingAt(admins, (admin) => hasApproved(admin, mustDeployment(plan))),
      run: () => each(admins, (admin) => deploy(admin, mustDeployment(plan))),
    },
    {
      title: 'contracts committed on the channel',
      missing: () => missingAt(admins, (admin) => isCommitted(admin, mustDeployment(plan))),
      run: () => commitOnce(first, mustDeployment(plan), admins),
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
        each(admins, async (admin) => {
          if (await peerHasJoined(plan, admin)) return;
          await admin.onOwnPeer({ chaincode: 'cscc', fn: 'JoinChain', args: [genesisBlock(plan)] });
        }),
    },
    {
      title: 'orderers have a leader',
      missing: async () => ((await hasLeader(plan)) ? null : 'no orderer leads'),
      run: () => Promise.resolve(),
    },
  ];
}

/** A commit through the gateway is the only proof that peers have found each other. Tried anew at every start. */
function firstTransaction(admins: readonly AdminClient[]): Step {
  const state = { isCommitted: false };
  return {
    title: 'a transaction committed through the gateway',
    missing: () => Promise.resolve(state.isCommitted ? null : 'none was committed'),
    run: async () => {
      await admins[0]?.submit(SYSTEM_CALL);
      state.isCommitted = true;
    },
  };
}
