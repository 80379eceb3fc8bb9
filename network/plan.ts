/** What a network consists of, worked out from a few choices: organisations, nodes, ports, folders. Pure. */
import { join } from 'node:path';
import { z } from 'zod';

/** MSP of the ordering service, which no organisation of the channel's contracts belongs to. */
export const ordererMsp = 'OrdererMSP';
/** Name under which the contracts are deployed. */
export const chaincodeName = 'fupin';

const organisationChoice = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/),
  mspId: z.string().regex(/^[A-Za-z][A-Za-z0-9]{0,63}$/),
  /** Place among the ports; kept when another organisation leaves. */
  slot: z.int().min(0),
});

/** A machine's name or IPv4 address. */
const host = z.string().regex(/^[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?$/);
/** Where every node is reached unless something else is chosen. */
export const thisMachine = 'localhost';

/** Form of `network.json`: the choices of the first `fabric:up`, which every later command keeps to. */
export const networkChoices = z.strictObject({
  channel: z.string().regex(/^[a-z][a-z0-9.-]{0,63}$/),
  basePort: z.int().min(1024).max(65000),
  consensus: z.enum(['raft', 'bft']),
  orderers: z.int().min(1).max(9),
  organisations: z.array(organisationChoice).min(3).max(20),
  /** Under which name or address others reach a node: by organisation, by orderer, or `orderer` for all orderers. */
  hosts: z.record(z.string(), host).optional(),
});

/** The choices that make a network. */
export type NetworkChoices = z.infer<typeof networkChoices>;
/** Short name and MSP of an organisation. */
export type OrganisationChoice = NetworkChoices['organisations'][number];

/** One peer with its chaincode process. */
export interface PeerPlan {
  readonly name: string;
  readonly organisation: string;
  readonly mspId: string;
  /** Name or address under which others reach it; it stands in its certificate. */
  readonly host: string;
  readonly ports: {
    readonly grpc: number;
    readonly chaincodeListen: number;
    readonly operations: number;
    /** Contracts listen on two pairs of ports in turn, so that new ones are warm before the old ones end. */
    readonly oddContracts: number;
    readonly oddContractsOperations: number;
    readonly evenContracts: number;
    readonly evenContractsOperations: number;
  };
}

/** One ordering node. */
export interface OrdererPlan {
  readonly name: string;
  readonly host: string;
  readonly ports: { readonly grpc: number; readonly operations: number; readonly admin: number };
}

/** An organisation with its one peer. */
export interface OrganisationPlan extends OrganisationChoice {
  readonly peer: PeerPlan;
}

/** A whole network. */
export interface NetworkPlan {
  /** Absolute path of the folder that holds everything of the network. */
  readonly folder: string;
  readonly channel: string;
  readonly consensus: 'raft' | 'bft';
  readonly organisations: readonly OrganisationPlan[];
  readonly orderers: readonly OrdererPlan[];
}

/** The three organisations that the contracts' roles belong to. */
const founders: readonly OrganisationChoice[] = [
  { name: 'province', mspId: 'ProvinceMSP', slot: 0 },
  { name: 'county', mspId: 'CountyMSP', slot: 1 },
  { name: 'bank', mspId: 'BankMSP', slot: 2 },
];

/** True for an organisation that the contracts' roles need. */
export function isFounder({ mspId }: Pick<OrganisationChoice, 'mspId'>): boolean {
  return founders.some((one) => one.mspId === mspId);
}

/** The ports of the contracts' process for the definition with a number. */
export function contractPorts(
  { ports }: PeerPlan,
  sequence: number,
): { readonly serve: number; readonly operations: number } {
  return sequence % 2 === 1
    ? { serve: ports.oddContracts, operations: ports.oddContractsOperations }
    : { serve: ports.evenContracts, operations: ports.evenContractsOperations };
}

/** @returns the first `count` organisations: province, county, bank, then org4, org5, … */
export function organisationsOf(count: number): OrganisationChoice[] {
  const further = Array.from({ length: Math.max(0, count - founders.length) }, (_, index) => {
    const number = founders.length + index + 1;
    return { name: `org${number}`, mspId: `Org${number}MSP`, slot: number - 1 };
  });
  return [...founders.slice(0, count), ...further];
}

const PORTS_PER_NODE = 10;
const PEERS_FROM = 100;

/** Works out nodes and ports. @param folder absolute path */
export function planNetwork(choices: NetworkChoices, folder: string): NetworkPlan {
  const { basePort, channel, consensus, hosts = {} } = choices;
  const orderers = Array.from({ length: choices.orderers }, (_, index) => {
    const from = basePort + index * PORTS_PER_NODE;
    const name = `orderer${index}`;
    const at = hosts[name] ?? hosts['orderer'] ?? thisMachine;
    return { name, host: at, ports: { grpc: from, operations: from + 1, admin: from + 2 } };
  });
  const organisations = choices.organisations.map((one) => ({
    ...one,
    peer: planPeer(one, basePort + PEERS_FROM + one.slot * PORTS_PER_NODE, hosts[one.name]),
  }));
  return { folder, channel, consensus, orderers, organisations };
}

function planPeer({ name, mspId }: OrganisationChoice, from: number, at = thisMachine): PeerPlan {
  return {
    name: `${name}-peer0`,
    organisation: name,
    mspId,
    host: at,
    ports: {
      grpc: from,
      chaincodeListen: from + 1,
      operations: from + 2,
      oddContracts: from + 3,
      oddContractsOperations: from + 4,
      evenContracts: from + 5,
      evenContractsOperations: from + 6,
    },
  };
}

/** @returns `host:port` of a node's gRPC services */
export function endpointOf({ host: at, ports }: OrdererPlan | PeerPlan): string {
  return `${at}:${ports.grpc}`;
}

/** @returns the address on which a node listens for others: loopback unless others have a name for it */
export function listenHost({ host: at }: OrdererPlan | PeerPlan): string {
  if (at === thisMachine) return '127.0.0.1';
  return /^[\d.]+$/.test(at) ? at : '0.0.0.0';
}

/** @returns every port of the plan, for the check that they are free */
export function portsOf(plan: NetworkPlan): number[] {
  const nodes = [...plan.orderers, ...plan.organisations.map(({ peer }) => peer)];
  return nodes.flatMap(({ ports }) => Object.values(ports));
}

/** Paths of an organisation's material. @param organisation short name, or `orderer` */
export function organisationPaths(
  folder: string,
  organisation: string,
): Record<'root' | 'caKey' | 'caCert' | 'tlsCaKey' | 'tlsCaCert' | 'msp' | 'admin', string> {
  const root = join(folder, 'organisations', organisation);
  return {
    root,
    caKey: join(root, 'ca/ca.key'),
    caCert: join(root, 'ca/ca.pem'),
    tlsCaKey: join(root, 'tlsca/ca.key'),
    tlsCaCert: join(root, 'tlsca/ca.pem'),
    msp: join(root, 'msp'),
    admin: join(root, 'admin'),
  };
}

/** Organisation on whose behalf the platform reads blocks and statuses: the operator's. */
export const readerOrganisation = 'province';

/** Key and certificate with which the platform reads blocks and statuses. */
export function readerPaths(folder: string): { readonly key: string; readonly certificate: string } {
  const { root } = organisationPaths(folder, readerOrganisation);
  return { key: join(root, 'reader/key.pem'), certificate: join(root, 'reader/cert.pem') };
}

/** Paths of a node's material and data. @param organisation short name, or `orderer` */
export function nodePaths(
  folder: string,
  organisation: string,
  node: string,
): Record<'msp' | 'signCert' | 'tlsKey' | 'tlsCert' | 'tlsRoot' | 'data', string> {
  const root = join(folder, 'organisations', organisation, node);
  return {
    msp: join(root, 'msp'),
    signCert: join(root, 'msp/signcerts/cert.pem'),
    tlsKey: join(root, 'tls/server.key'),
    tlsCert: join(root, 'tls/server.crt'),
    tlsRoot: join(root, 'tls/ca.crt'),
    data: join(folder, 'nodes', node),
  };
}
