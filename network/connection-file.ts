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
  nodePaths,
  organisationPaths,
  type NetworkPlan,
  type OrganisationPlan,
} from './plan.ts';

/** True when the file says what the plan says. */
export function hasConnection(plan: NetworkPlan): boolean {
  const file = pathOf(plan);
  return existsSync(file) && readFileSync(file, 'utf8') === textOf(plan);
}

/** Writes the file. */
export function writeConnection(plan: NetworkPlan): void {
  writeWhole(pathOf(plan), textOf(plan));
}

/** What the file says of a network; paths count from the network's folder. */
export function connectionOf(plan: NetworkPlan): FabricConnection {
  return {
    channel: plan.channel,
    chaincode: chaincodeName,
    consensus: plan.consensus,
    organisations: plan.organisations.map((one) => organisationOf(plan, one)),
    orderers: plan.orderers.map(({ name, ports }) => ({
      name,
      endpoint: `localhost:${ports.grpc}`,
      tlsRootPem: relative(plan.folder, nodePaths(plan.folder, 'orderer', name).tlsRoot),
      operationsUrl: `http://127.0.0.1:${ports.operations}`,
    })),
  };
}

function organisationOf(plan: NetworkPlan, { name, mspId, peer }: OrganisationPlan): FabricOrganisation {
  const paths = organisationPaths(plan.folder, name);
  const at = (path: string): string => relative(plan.folder, path);
  return {
    mspId,
    name,
    peers: [
      {
        name: peer.name,
        endpoint: `localhost:${peer.ports.grpc}`,
        tlsRootPem: at(nodePaths(plan.folder, name, peer.name).tlsRoot),
        operationsUrl: `http://127.0.0.1:${peer.ports.operations}`,
        chaincodeEndpoint: `127.0.0.1:${peer.ports.chaincode}`,
        chaincodeOperationsUrl: `http://127.0.0.1:${peer.ports.chaincodeOperations}`,
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

function textOf(plan: NetworkPlan): string {
  return `${JSON.stringify(connectionOf(plan), null, 2)}\n`;
}
