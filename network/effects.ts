/** What the steps look for, and what they do once: on nodes, on the channel, at each organisation. */
import { peer as protos } from '@hyperledger/fabric-protos';
import type { AdminClient } from './admin-client.ts';
import { mustDeployment, type Deployment } from './deployment.ts';
import { approve, commit, hasApproved, install, isCommitted, isInstalled } from './lifecycle.ts';
import { isWell, metricsOf } from './node-status.ts';
import { chaincodeHealth, nodeHealth, type Health } from './nodes.ts';
import type { NetworkPlan } from './plan.ts';
import type { Processes } from './processes.ts';

/** True when the organisation's peer serves the channel. */
export async function peerHasJoined(plan: NetworkPlan, admin: AdminClient): Promise<boolean> {
  const bytes = await admin.onOwnPeer({ chaincode: 'cscc', fn: 'GetChannels' });
  const channels = protos.ChannelQueryResponse.deserializeBinary(bytes).getChannelsList();
  return channels.some((one) => one.getChannelId() === plan.channel);
}

/** True when an orderer leads. */
export async function hasLeader(plan: NetworkPlan): Promise<boolean> {
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

/** A program of the plan that does not run; null when all do. */
export function firstStopped(plan: NetworkPlan, processes: Processes): string | null {
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

/** Does the same for all at once. */
export async function each<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  await Promise.all(items.map(work));
}

/** Installs and approves for one organisation what it lacks. */
export async function deploy(admin: AdminClient, deployment: Deployment): Promise<void> {
  await installOnce(admin, deployment);
  if (!(await hasApproved(admin, deployment))) await approve(admin, deployment);
}

/** Installs what the organisation's peer does not have. */
export async function installOnce(admin: AdminClient, deployment: Deployment): Promise<void> {
  if (!(await isInstalled(admin, deployment))) await install(admin, deployment);
}

/** Commits a definition that is not in force yet; every named organisation endorses. */
export async function commitOnce(
  admin: AdminClient,
  deployment: Deployment,
  endorsers: readonly Pick<AdminClient, 'mspId'>[],
): Promise<void> {
  if (await isCommitted(admin, deployment)) return;
  await commit(
    admin,
    deployment,
    endorsers.map(({ mspId }) => mspId),
  );
}
