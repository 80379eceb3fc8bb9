/** Deploys contracts: what is installed, approved and committed, asked of the peers themselves. */
import { peer as protos } from '@hyperledger/fabric-protos';
import { reasonOf } from '../src/blockchain/channel-config/organisation-admin.ts';
import type { AdminClient } from './admin-client.ts';
import { packageOf, type Deployment } from './deployment.ts';
import { chaincodeName } from './plan.ts';

const LIFECYCLE = '_lifecycle';
/** A peer that fetched every block anew has the hashes of its organisation's approvals, and no longer their words. */
const LOST_APPROVAL = /private data matching public hash version is not available/;
/** The channel's own policy decides who must endorse: more than half of the organisations. */
const ENDORSEMENT_POLICY = '/Channel/Application/Endorsement';

/** A definition as it stands on the channel. */
export interface CommittedDefinition {
  readonly sequence: number;
  readonly version: string;
  /** Organisations (MSP) that have approved it. */
  readonly approvals: Readonly<Record<string, boolean>>;
}

/** True when the organisation's peer has the package. */
export async function isInstalled(admin: AdminClient, deployment: Deployment): Promise<boolean> {
  const args = new protos.lifecycle.QueryInstalledChaincodesArgs().serializeBinary();
  const bytes = await admin.onOwnPeer({ chaincode: LIFECYCLE, fn: 'QueryInstalledChaincodes', args: [args] });
  const installed = protos.lifecycle.QueryInstalledChaincodesResult.deserializeBinary(bytes);
  const { packageId } = packageOf(deployment, admin.organisation);
  return installed.getInstalledChaincodesList().some((one) => one.getPackageId() === packageId);
}

/** Installs the package on the organisation's peer. */
export async function install(admin: AdminClient, deployment: Deployment): Promise<void> {
  const args = new protos.lifecycle.InstallChaincodeArgs();
  args.setChaincodeInstallPackage(packageOf(deployment, admin.organisation).bytes);
  await admin.onOwnPeer({ chaincode: LIFECYCLE, fn: 'InstallChaincode', args: [args.serializeBinary()] });
}

/** Approves the definition for the organisation. */
export async function approve(admin: AdminClient, deployment: Deployment): Promise<void> {
  const local = new protos.lifecycle.ChaincodeSource.Local();
  local.setPackageId(packageOf(deployment, admin.organisation).packageId);
  const source = new protos.lifecycle.ChaincodeSource();
  source.setLocalPackage(local);
  const args = new protos.lifecycle.ApproveChaincodeDefinitionForMyOrgArgs();
  define(args, deployment);
  args.setSource(source);
  const call = {
    chaincode: LIFECYCLE,
    fn: 'ApproveChaincodeDefinitionForMyOrg',
    args: [args.serializeBinary()],
  };
  await admin.submit(call, [admin.organisation.mspId]);
}

/** True when the organisation has approved this definition with the package that its peer has. */
export async function hasApproved(admin: AdminClient, deployment: Deployment): Promise<boolean> {
  const args = new protos.lifecycle.QueryApprovedChaincodeDefinitionArgs();
  args.setName(chaincodeName);
  args.setSequence(deployment.sequence);
  const call = {
    chaincode: LIFECYCLE,
    fn: 'QueryApprovedChaincodeDefinition',
    args: [args.serializeBinary()],
  };
  const bytes = await admin.evaluate(call).catch((error: unknown) => reasonOf(error));
  if (typeof bytes === 'string') return LOST_APPROVAL.test(bytes) && isApprovedByHash(admin, deployment);
  const approved = protos.lifecycle.QueryApprovedChaincodeDefinitionResult.deserializeBinary(bytes);
  const { packageId } = packageOf(deployment, admin.organisation);
  return (
    approved.getVersion() === deployment.version &&
    approved.getSource()?.getLocalPackage()?.getPackageId() === packageId
  );
}

/** An approval whose words are lost still counts, and cannot be given twice: its hash stands on the channel. */
async function isApprovedByHash(admin: AdminClient, deployment: Deployment): Promise<boolean> {
  const found = await committed(admin);
  const isSame = found?.sequence === deployment.sequence && found.version === deployment.version;
  return isSame && found.approvals[admin.organisation.mspId] === true;
}

/** Which organisations have approved exactly this definition, asked before it is committed. */
export async function readiness(
  admin: AdminClient,
  deployment: Deployment,
): Promise<Record<string, boolean>> {
  const args = new protos.lifecycle.CheckCommitReadinessArgs();
  define(args, deployment);
  const call = { chaincode: LIFECYCLE, fn: 'CheckCommitReadiness', args: [args.serializeBinary()] };
  const result = protos.lifecycle.CheckCommitReadinessResult.deserializeBinary(await admin.evaluate(call));
  return Object.fromEntries(result.getApprovalsMap().getEntryList());
}

/** Commits the definition; the named organisations endorse. */
export async function commit(
  admin: AdminClient,
  deployment: Deployment,
  endorsers: readonly string[],
): Promise<void> {
  const args = new protos.lifecycle.CommitChaincodeDefinitionArgs();
  define(args, deployment);
  const call = { chaincode: LIFECYCLE, fn: 'CommitChaincodeDefinition', args: [args.serializeBinary()] };
  await admin.submit(call, endorsers);
}

/** @returns the definition that the organisation's peer works by, null when there is none */
export async function committed(admin: AdminClient): Promise<CommittedDefinition | null> {
  const args = new protos.lifecycle.QueryChaincodeDefinitionArgs();
  args.setName(chaincodeName);
  const call = { chaincode: LIFECYCLE, fn: 'QueryChaincodeDefinition', args: [args.serializeBinary()] };
  const bytes = await admin.evaluate(call).catch(() => null);
  if (bytes === null) return null;
  const found = protos.lifecycle.QueryChaincodeDefinitionResult.deserializeBinary(bytes);
  const approvals = Object.fromEntries(found.getApprovalsMap().getEntryList());
  return { sequence: found.getSequence(), version: found.getVersion(), approvals };
}

/** What the three kinds of arguments have in common. */
interface DefinitionArgs {
  setSequence(value: number): void;
  setName(value: string): void;
  setVersion(value: string): void;
  setEndorsementPlugin(value: string): void;
  setValidationPlugin(value: string): void;
  setValidationParameter(value: Uint8Array): void;
}

function define(args: DefinitionArgs, deployment: Deployment): void {
  const policy = new protos.ApplicationPolicy();
  policy.setChannelConfigPolicyReference(ENDORSEMENT_POLICY);
  args.setSequence(deployment.sequence);
  args.setName(chaincodeName);
  args.setVersion(deployment.version);
  args.setEndorsementPlugin('escc');
  args.setValidationPlugin('vscc');
  args.setValidationParameter(policy.serializeBinary());
}

/** True when the organisation's peer works by this definition. */
export async function isCommitted(admin: AdminClient, deployment: Deployment): Promise<boolean> {
  const found = await committed(admin);
  return found?.sequence === deployment.sequence && found.version === deployment.version;
}
