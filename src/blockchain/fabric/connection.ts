/** How the platform finds its Fabric network: the form of `connection.json`, which `npm run fabric:up` writes. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';

/** Name of the file below `DATA_DIR/fabric`. */
export const connectionFile = 'connection.json';

const hostAndPort = z.string().regex(/^[A-Za-z0-9.-]+:\d{1,5}$/);
/** Path of a file; in the file it counts from the folder of `connection.json`, after reading it is absolute. */
const path = z.string().min(1);

const peer = z.strictObject({
  /** Unique in the network, such as `province-peer0`. */
  name: z.string().min(1),
  /** `host:port` of the peer's gRPC services over TLS, the gateway's among them; the host stands in its certificate. */
  endpoint: hostAndPort,
  /** PEM file of the root that issued the peer's TLS certificate. */
  tlsRootPem: path,
  /** Base of `/healthz`, `/metrics` and `/version`. */
  operationsUrl: z.url(),
  /** `host:port` where the peer finds its chaincode process. */
  chaincodeEndpoint: hostAndPort,
  /** Base of `/healthz` and `/metrics` of that chaincode process. */
  chaincodeOperationsUrl: z.url(),
});

const organisation = z.strictObject({
  mspId: z.string().regex(/^[A-Za-z][A-Za-z0-9]{0,63}$/),
  /** Short name in folders and process names, such as `province`. */
  name: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/),
  peers: z.array(peer).min(1),
  /** PEM file (PKCS #8, 0600) of the key with which the organisation issues certificates and revocation lists. */
  caKeyPath: path,
  caCertPath: path,
  /** PEM files of the organisation's administrator, who signs changes of the channel. */
  adminKeyPath: path,
  adminCertPath: path,
});

const orderer = z.strictObject({
  name: z.string().min(1),
  endpoint: hostAndPort,
  tlsRootPem: path,
  operationsUrl: z.url(),
});

/** With whom a process of the platform reads blocks and statuses: a client without role, so that contracts refuse it. */
const reader = z.strictObject({
  mspId: z.string().min(1),
  /** PEM files; the key PKCS #8, 0600. */
  keyPath: path,
  certPath: path,
});

/** Form of the file. */
export const fabricConnection = z.strictObject({
  channel: z.string().regex(/^[a-z][a-z0-9.-]{0,63}$/),
  /** Name under which the contracts are deployed. */
  chaincode: z.string().min(1),
  consensus: z.enum(['raft', 'bft']),
  organisations: z.array(organisation).min(1),
  orderers: z.array(orderer).min(1),
  reader,
});

/** A network as the platform sees it. */
export type FabricConnection = z.infer<typeof fabricConnection>;
/** One organisation of the network with its peers. */
export type FabricOrganisation = FabricConnection['organisations'][number];
/** One peer and its chaincode process. */
export type FabricPeer = FabricOrganisation['peers'][number];
/** One ordering node. */
export type FabricOrderer = FabricConnection['orderers'][number];

/**
 * Reads the file and makes its paths absolute.
 * @param file absolute path of `connection.json`
 * @throws Error with one sentence when the file is absent or has another form
 */
export async function readConnection(file: string): Promise<FabricConnection> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) throw new Error(`${file} is not there: "npm run fabric:up" writes it.`);
  const parsed = fabricConnection.safeParse(parseJson(text));
  if (!parsed.success) throw new Error(`${file} is damaged: ${z.prettifyError(parsed.error)}`);
  return absolutePaths(parsed.data, dirname(file));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Makes the paths of a connection absolute. @param folder folder from which they count */
export function absolutePaths(connection: FabricConnection, folder: string): FabricConnection {
  const at = (relative: string): string => resolve(folder, relative);
  return {
    ...connection,
    organisations: connection.organisations.map((one) => ({
      ...one,
      peers: one.peers.map((each) => ({ ...each, tlsRootPem: at(each.tlsRootPem) })),
      caKeyPath: at(one.caKeyPath),
      caCertPath: at(one.caCertPath),
      adminKeyPath: at(one.adminKeyPath),
      adminCertPath: at(one.adminCertPath),
    })),
    orderers: connection.orderers.map((one) => ({ ...one, tlsRootPem: at(one.tlsRootPem) })),
    reader: {
      mspId: connection.reader.mspId,
      keyPath: at(connection.reader.keyPath),
      certPath: at(connection.reader.certPath),
    },
  };
}
