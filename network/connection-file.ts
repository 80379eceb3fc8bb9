/** Writes `connection.json`, by which the platform finds the network. */
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import {
  connectionFile,
  type FabricConnection,
  type FabricOrganisation,
} from '../src/blockchain/fabric/connection.ts';
import { writeWhole } from '../src/supervisor/data-folder.ts';
import {
  chaincodeName,
  contractPorts,
  endpointOf,
  nodePaths,
  organisationPaths,
  readerOrganisation,
  readerPaths,
  type NetworkPlan,
  type OrganisationPlan,
} from './plan.ts';

/** True when the file says what the plan says. @param sequence number of the contracts' definition */
export function hasConnection(plan: NetworkPlan, sequence: number): boolean {
  const file = pathOf(plan);
  return existsSync(file) && readFileSync(file, 'utf8') === textOf(plan, sequence);
}

/** Writes the file. */
export function writeConnection(plan: NetworkPlan, sequence: number): void {
  writeWhole(pathOf(plan), textOf(plan, sequence));
}

/** What the file says of a network; paths count from the network's folder. */
export function connectionOf(plan: NetworkPlan, sequence = 1): FabricConnection {
  return {
    channel: plan.channel,
    chaincode: chaincodeName,
    consensus: plan.consensus,
    organisations: plan.organisations.map((one) => organisationOf(plan, one, sequence)),
    orderers: plan.orderers.map((one) => ({
      name: one.name,
      endpoint: endpointOf(one),
      tlsRootPem: relative(plan.folder, nodePaths(plan.folder, 'orderer', one.name).tlsRoot),
      operationsUrl: `http://127.0.0.1:${one.ports.operations}`,
    })),
    reader: readerOf(plan),
  };
}

function readerOf(plan: NetworkPlan): FabricConnection['reader'] {
  const { key, certificate } = readerPaths(plan.folder);
  const { mspId = '' } = plan.organisations.find(({ name }) => name === readerOrganisation) ?? {};
  return {
    mspId,
    keyPath: relative(plan.folder, key),
    certPath: relative(plan.folder, certificate),
  };
}

function organisationOf(
  plan: NetworkPlan,
  { name, mspId, peer }: OrganisationPlan,
  sequence: number,
): FabricOrganisation {
  const contracts = contractPorts(peer, sequence);
  const paths = organisationPaths(plan.folder, name);
  const at = (path: string): string => relative(plan.folder, path);
  return {
    mspId,
    name,
    peers: [
      {
        name: peer.name,
        endpoint: endpointOf(peer),
        tlsRootPem: at(nodePaths(plan.folder, name, peer.name).tlsRoot),
        operationsUrl: `http://127.0.0.1:${peer.ports.operations}`,
        chaincodeEndpoint: `127.0.0.1:${contracts.serve}`,
        chaincodeOperationsUrl: `http://127.0.0.1:${contracts.operations}`,
      },
    ],
    caKeyPath: at(paths.caKey),
    caCertPath: at(paths.caCert),
    adminKeyPath: at(join(paths.admin, 'msp/keystore/key.pem')),
    adminCertPath: at(join(paths.admin, 'msp/signcerts/cert.pem')),
  };
}

function pathOf(plan: NetworkPlan): string {
  return join(plan.folder, connectionFile);
}

function textOf(plan: NetworkPlan, sequence: number): string {
  return `${JSON.stringify(connectionOf(plan, sequence), null, 2)}\n`;
}
