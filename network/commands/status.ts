/** `npm run fabric:status`: every process with its health, version, height and lag, and what is deployed. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { tell } from '../../src/supervisor/terminal.ts';
import { readDeployment } from '../deployment.ts';
import { existingPlan, readSettings } from '../network-folder.ts';
import { heightOf, isWell, metricsOf, versionOf } from '../node-status.ts';
import { chaincodeHealth, chaincodeProcessName } from '../nodes.ts';
import { nodePaths, type NetworkPlan } from '../plan.ts';
import { Processes } from '../processes.ts';

const DAY_MS = 86_400_000;

/** One line of the table. */
interface NodeStatus {
  readonly name: string;
  readonly pid: number | null;
  readonly isWell: boolean;
  readonly version: string | null;
  readonly height: number | null;
  readonly note: string;
}

/** Runs the command; exit code 1 when a node is not well. @throws StartError when there is no network */
export async function status(): Promise<void> {
  const plan = existingPlan(readSettings());
  const processes = new Processes(plan.folder);
  const nodes = await statusOf(plan, processes);
  const top = Math.max(0, ...nodes.map(({ height }) => height ?? 0));
  const deployment = readDeployment(plan);
  tell(
    `Channel ${plan.channel}, ${plan.consensus}, ${top} blocks; contracts ${deployment?.version ?? 'none'} as definition ${deployment?.sequence ?? 0}.`,
  );
  for (const node of nodes) tell(lineOf(node, top));
  process.exitCode = nodes.every((node) => node.isWell) ? 0 : 1;
}

function lineOf(node: NodeStatus, top: number): string {
  const parts = [
    node.isWell ? 'well' : 'NOT WELL',
    node.pid === null ? 'not running' : `pid ${node.pid}`,
    node.version ?? '',
    node.height === null
      ? ''
      : `height ${node.height}${node.height < top ? ` (${top - node.height} behind)` : ''}`,
    node.note,
  ];
  return `  ${node.name.padEnd(28)}${parts.filter((part) => part !== '').join(', ')}`;
}

/** Asks every node of the plan. */
async function statusOf(plan: NetworkPlan, processes: Processes): Promise<NodeStatus[]> {
  const orderers = plan.orderers.map(({ name, ports }) => ({
    name,
    operations: `http://127.0.0.1:${ports.operations}`,
    certificate: nodePaths(plan.folder, 'orderer', name).tlsCert,
  }));
  const peers = plan.organisations.map(({ name, peer }) => ({
    name: peer.name,
    operations: `http://127.0.0.1:${peer.ports.operations}`,
    certificate: nodePaths(plan.folder, name, peer.name).tlsCert,
  }));
  const nodes = [...orderers, ...peers].map(async ({ name, operations, certificate }) => ({
    name,
    pid: processes.running(name)?.pid ?? null,
    isWell: await isWell(`${operations}/healthz`),
    version: await versionOf(operations),
    height: await heightOf(operations, plan.channel),
    note: `certificate for ${daysLeft(certificate)} days`,
  }));
  const sequence = readDeployment(plan)?.sequence ?? 1;
  const contracts = chaincodeHealth(plan, { sequence }).map(async ({ name, url }) => ({
    name,
    pid: processes.running(name)?.pid ?? null,
    isWell: await isWell(url),
    version: null,
    height: null,
    note: await callsOf(url.replace('/healthz', '')),
  }));
  return Promise.all([...nodes, ...contracts]);
}

async function callsOf(operations: string): Promise<string> {
  const metrics = await metricsOf(operations);
  if (metrics.size === 0) return '';
  const calls = [...metrics]
    .filter(([name]) => name.startsWith('chaincode_calls_total'))
    .reduce((sum, [, count]) => sum + count, 0);
  const megabytes = Math.round((metrics.get('process_resident_memory_bytes') ?? 0) / 1024 / 1024);
  return `${calls} calls, ${megabytes} MB`;
}

function daysLeft(certificate: string): number {
  const { validToDate } = new X509Certificate(readFileSync(certificate));
  return Math.floor((validToDate.getTime() - Date.now()) / DAY_MS);
}

/** Names of every process of the plan. */
export function processNames(plan: NetworkPlan): string[] {
  const sequence = readDeployment(plan)?.sequence ?? 1;
  return [
    ...plan.orderers.map(({ name }) => name),
    ...plan.organisations.flatMap(({ peer }) => [peer.name, chaincodeProcessName(peer, sequence)]),
  ];
}
