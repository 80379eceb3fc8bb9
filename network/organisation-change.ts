/** The channel's side of an organisation's admission or removal: what changes, who signs, when it has taken effect. */
import { readFileSync } from 'node:fs';
import { common } from '@hyperledger/fabric-protos';
import { readConfig, signUpdate, submitUpdate } from '../src/blockchain/channel-config/channel-update.ts';
import { configDifference } from '../src/blockchain/channel-config/config-difference.ts';
import { organisationGroup } from '../src/blockchain/channel-config/organisation-group.ts';
import { absolutePaths } from '../src/blockchain/fabric/connection.ts';
import { StartError } from '../src/supervisor/start-error.ts';
import type { AdminClient } from './admin-client.ts';
import { missingAt } from './effects.ts';
import { connectionOf } from './connection-file.ts';
import { organisationPaths, type NetworkPlan, type OrganisationPlan } from './plan.ts';
import type { Proposal } from './proposals.ts';
import type { Step } from './steps.ts';

/** Works out the change that admits an organisation. @returns bytes to sign @throws StartError when it is in already */
export async function admission(
  plan: NetworkPlan,
  admin: AdminClient,
  { name, mspId, peer }: OrganisationPlan,
): Promise<Uint8Array> {
  const paths = organisationPaths(plan.folder, name);
  const group = organisationGroup({
    mspId,
    caCertificate: readFileSync(paths.caCert, 'utf8'),
    tlsCaCertificate: readFileSync(paths.tlsCaCert, 'utf8'),
    anchor: { host: peer.host, port: peer.ports.grpc },
  });
  return change(plan, admin, (groups) => {
    if (groups.has(mspId)) throw new StartError(`${mspId} is on the channel already.`);
    groups.set(mspId, group);
  });
}

/** Works out the change that removes an organisation. @returns bytes to sign @throws StartError when it is not in */
export function removal(plan: NetworkPlan, admin: AdminClient, mspId: string): Promise<Uint8Array> {
  return change(plan, admin, (groups) => {
    if (!groups.has(mspId)) throw new StartError(`${mspId} is not on the channel.`);
    groups.del(mspId);
  });
}

/** Adds an organisation's signature to a proposal. */
export async function addSignature(proposal: Proposal, admin: AdminClient): Promise<Proposal> {
  const signature = await signUpdate(admin, Buffer.from(proposal.update, 'base64'));
  const text = Buffer.from(signature.serializeBinary()).toString('base64');
  return { ...proposal, signatures: { ...proposal.signatures, [admin.mspId]: text } };
}

/** The step that sends a signed proposal; done when every organisation's peer has the new configuration. */
export function carryOut(plan: NetworkPlan, proposal: Proposal, admins: readonly AdminClient[]): Step {
  const isIn = proposal.kind === 'admit';
  // Who leaves is cut off from the very block that says so.
  const others = admins.filter(({ mspId }) => mspId !== proposal.organisation.mspId);
  const [sender] = others;
  return {
    title: isIn
      ? `${proposal.organisation.mspId} on the channel`
      : `${proposal.organisation.mspId} off the channel`,
    missing: () =>
      missingAt(others, async (admin) => {
        const groups = applicationOf(await readConfig(admin, plan.channel)).getGroupsMap();
        return groups.has(proposal.organisation.mspId) === isIn;
      }),
    run: async () => {
      if (!sender) return;
      const connection = absolutePaths(connectionOf(plan), plan.folder);
      const signatures = Object.values(proposal.signatures).map((text) =>
        common.ConfigSignature.deserializeBinary(Buffer.from(text, 'base64')),
      );
      await submitUpdate(connection, sender, Buffer.from(proposal.update, 'base64'), signatures);
    },
  };
}

type Groups = ReturnType<common.ConfigGroup['getGroupsMap']>;

async function change(
  plan: NetworkPlan,
  admin: AdminClient,
  edit: (groups: Groups) => void,
): Promise<Uint8Array> {
  const before = await readConfig(admin, plan.channel);
  const after = before.cloneMessage();
  edit(applicationOf(after).getGroupsMap());
  const update = configDifference(plan.channel, before, after);
  if (!update) throw new StartError('Nothing would change.');
  return update.serializeBinary();
}

function applicationOf(root: common.ConfigGroup): common.ConfigGroup {
  const group = root.getGroupsMap().get('Application');
  if (!group) throw new Error('the channel has no organisations');
  return group;
}
