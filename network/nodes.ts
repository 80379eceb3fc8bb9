/** The network's programs as processes: what each is started with, and where its health is asked. */
import { join } from 'node:path';
import { codeFolder } from './chaincode-package.ts';
import { packageOf, type Deployment } from './deployment.ts';
import {
  contractPorts,
  endpointOf,
  listenHost,
  nodePaths,
  ordererMsp,
  type NetworkPlan,
  type OrdererPlan,
  type OrganisationPlan,
  type PeerPlan,
} from './plan.ts';
import type { ProcessSpec } from './processes.ts';
import type { Programs } from './programs.ts';

const CONFIG_FOLDER = join(import.meta.dirname, 'config');
const BUILDER_FOLDER = join(import.meta.dirname, 'builder');

/** Where a program tells that it is well: answers 200 when it is. */
export interface Health {
  readonly name: string;
  readonly url: string;
}

/** @returns the process of an ordering node */
export function ordererProcess(plan: NetworkPlan, one: OrdererPlan, programs: Programs): ProcessSpec {
  const paths = nodePaths(plan.folder, 'orderer', one.name);
  const general = {
    LISTENADDRESS: listenHost(one),
    LISTENPORT: String(one.ports.grpc),
    LOCALMSPID: ordererMsp,
    LOCALMSPDIR: paths.msp,
    BOOTSTRAPMETHOD: 'none',
    TLS_ENABLED: 'true',
    TLS_PRIVATEKEY: paths.tlsKey,
    TLS_CERTIFICATE: paths.tlsCert,
    TLS_ROOTCAS: `[${paths.tlsRoot}]`,
  };
  const other = {
    FILELEDGER_LOCATION: join(paths.data, 'ledger'),
    CONSENSUS_WALDIR: join(paths.data, 'wal'),
    CONSENSUS_SNAPDIR: join(paths.data, 'snap'),
    OPERATIONS_LISTENADDRESS: `127.0.0.1:${one.ports.operations}`,
    ADMIN_LISTENADDRESS: `127.0.0.1:${one.ports.admin}`,
    ADMIN_TLS_ENABLED: 'true',
    ADMIN_TLS_PRIVATEKEY: paths.tlsKey,
    ADMIN_TLS_CERTIFICATE: paths.tlsCert,
    // Whoever holds a TLS certificate of the orderer's organisation may join channels.
    ADMIN_TLS_CLIENTAUTHREQUIRED: 'true',
    ADMIN_TLS_CLIENTROOTCAS: `[${paths.tlsRoot}]`,
  };
  const env = {
    ...baseEnvironment(),
    ...prefixed('ORDERER_GENERAL_', general),
    ...prefixed('ORDERER_', other),
  };
  return { name: one.name, command: programs.orderer, args: ['start'], env };
}

/** @returns the process of a peer */
export function peerProcess(plan: NetworkPlan, peer: PeerPlan, programs: Programs): ProcessSpec {
  const { grpc, chaincodeListen, operations } = peer.ports;
  const paths = nodePaths(plan.folder, peer.organisation, peer.name);
  const own = {
    ID: peer.name,
    LOCALMSPID: peer.mspId,
    MSPCONFIGPATH: paths.msp,
    ADDRESS: endpointOf(peer),
    LISTENADDRESS: `${listenHost(peer)}:${grpc}`,
    CHAINCODEADDRESS: `127.0.0.1:${chaincodeListen}`,
    CHAINCODELISTENADDRESS: `127.0.0.1:${chaincodeListen}`,
    FILESYSTEMPATH: paths.data,
    TLS_ENABLED: 'true',
    TLS_CERT_FILE: paths.tlsCert,
    TLS_KEY_FILE: paths.tlsKey,
    TLS_ROOTCERT_FILE: paths.tlsRoot,
    GOSSIP_BOOTSTRAP: endpointOf(peer),
    // Without it other organisations do not learn of this peer, and submits find too few endorsers.
    GOSSIP_EXTERNALENDPOINT: endpointOf(peer),
  };
  const builder = { name: 'ccaas', path: BUILDER_FOLDER, propagateEnvironment: [] };
  const other = {
    LEDGER_SNAPSHOTS_ROOTDIR: join(paths.data, 'snapshots'),
    OPERATIONS_LISTENADDRESS: `127.0.0.1:${operations}`,
    CHAINCODE_EXTERNALBUILDERS: JSON.stringify([builder]),
  };
  const env = { ...baseEnvironment(), ...prefixed('CORE_PEER_', own), ...prefixed('CORE_', other) };
  return { name: peer.name, command: programs.peer, args: ['node', 'start'], env };
}

/** Name of the process that runs the contracts of a definition for a peer. */
export function chaincodeProcessName(peer: PeerPlan, sequence: number): string {
  return `${peer.name}-contracts-${sequence}`;
}

/** @returns the process that runs a deployment's contracts for one organisation's peer */
export function chaincodeProcess(
  plan: NetworkPlan,
  organisation: OrganisationPlan,
  deployment: Deployment,
): ProcessSpec {
  const { peer } = organisation;
  const { serve, operations } = contractPorts(peer, deployment.sequence);
  const code = codeFolder(plan.folder, deployment.digest);
  return {
    name: chaincodeProcessName(peer, deployment.sequence),
    command: process.execPath,
    args: [
      '--disable-warning=ExperimentalWarning',
      '--disable-warning=DeprecationWarning',
      join(code, 'service/main.ts'),
    ],
    env: {
      PATH: process.env['PATH'] ?? '',
      CHAINCODE_ADDRESS: `127.0.0.1:${serve}`,
      CHAINCODE_OPERATIONS_ADDRESS: `127.0.0.1:${operations}`,
      // A process that registers with another id than the peer's gets no calls.
      CHAINCODE_ID: packageOf(deployment, organisation).packageId,
    },
  };
}

/** @returns every program of the network by its name */
export function allProcesses(
  plan: NetworkPlan,
  deployment: Deployment,
  programs: Programs,
): Map<string, ProcessSpec> {
  const specs = [
    ...plan.orderers.map((one) => ordererProcess(plan, one, programs)),
    ...plan.organisations.map(({ peer }) => peerProcess(plan, peer, programs)),
    ...plan.organisations.map((one) => chaincodeProcess(plan, one, deployment)),
  ];
  return new Map(specs.map((one) => [one.name, one]));
}

/** @returns where orderers and peers tell their health */
export function nodeHealth(plan: NetworkPlan): Health[] {
  const nodes = [...plan.orderers, ...plan.organisations.map(({ peer }) => peer)];
  return nodes.map(({ name, ports }) => ({ name, url: `http://127.0.0.1:${ports.operations}/healthz` }));
}

/** @returns where the processes of a deployment's contracts tell that they are warm */
export function chaincodeHealth(plan: NetworkPlan, { sequence }: Pick<Deployment, 'sequence'>): Health[] {
  return plan.organisations.map(({ peer }) => ({
    name: chaincodeProcessName(peer, sequence),
    url: `http://127.0.0.1:${contractPorts(peer, sequence).operations}/healthz`,
  }));
}

function baseEnvironment(): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    FABRIC_CFG_PATH: CONFIG_FOLDER,
    // Warnings and faults; what a transaction says is in no log.
    FABRIC_LOGGING_SPEC: 'warning',
    // Logs are read by programs: one JSON object to the line.
    FABRIC_LOGGING_FORMAT: 'json',
  };
}

function prefixed(prefix: string, values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]));
}
