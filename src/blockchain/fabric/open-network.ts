/** Opens the adapter on the network that a `connection.json` describes, with the organisations' certificate authorities. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MspRoots } from '../embedded/membership.ts';
import type { Authorities } from '../identity/authority-folder.ts';
import {
  issueUserCertificate,
  MSP_IDS,
  type CertificateAuthority,
  type MspId,
} from '../identity/certificate-authority.ts';
import { newLedgerIdentity } from '../identity/ledger-identity.ts';
import type { FabricLog } from './attempts.ts';
import { readConnection, type FabricConnection } from './connection.ts';
import { openFabricLedger, type FabricLedger, type FabricLimits } from './fabric-ledger.ts';
import type { PeerEndpoint } from './peers.ts';

/** Common name of the identity with which a process reads blocks and statuses. */
const READER = 'platform-reader';

/** What is opened, and for whom. */
export interface NetworkSettings {
  /** Absolute path of `connection.json`. */
  readonly connectionFile: string;
  /** Channel of the configuration; another one in the file is refused. */
  readonly channel: string;
  readonly dataDir: string;
  /** Names the file of transactions under way: one process each. */
  readonly processName: string;
  readonly limits: FabricLimits;
  readonly log: FabricLog;
  /** Makes the channel refuse a certificate. */
  readonly revoke: (connection: FabricConnection, mspId: string, serial: string) => Promise<void>;
}

/** The network as the platform uses it. */
export interface OpenNetwork {
  readonly ledger: FabricLedger;
  readonly authorities: Authorities;
  readonly connection: FabricConnection;
}

/** @throws Error with one sentence when the file is absent, damaged, of another channel, or lacks an organisation */
export async function openNetwork(settings: NetworkSettings): Promise<OpenNetwork> {
  const connection = await readConnection(settings.connectionFile);
  if (connection.channel !== settings.channel) {
    throw new Error(
      `CHANNEL holds "${settings.channel}", but ${settings.connectionFile} is of the channel "${connection.channel}".`,
    );
  }
  const authorities = await readAuthorities(connection);
  const reader = await issueUserCertificate(authorities.ProvinceMSP, { commonName: READER, attributes: {} });
  const ledger = await openFabricLedger({
    channel: connection.channel,
    chaincode: connection.chaincode,
    peers: await readPeers(connection),
    mspRoots: await readRoots(connection),
    reader: newLedgerIdentity(reader),
    limits: settings.limits,
    journal: join(settings.dataDir, 'fabric', 'in-flight', `${settings.processName}.journal`),
    log: settings.log,
    revoke: (serial, mspId) => settings.revoke(connection, mspId, serial),
  });
  return { ledger, authorities, connection };
}

async function readAuthorities({ organisations }: FabricConnection): Promise<Authorities> {
  const read = async (mspId: MspId): Promise<readonly [MspId, CertificateAuthority]> => {
    const organisation = organisations.find((one) => one.mspId === mspId);
    if (!organisation) throw new Error(`the network has no organisation ${mspId}`);
    const [certificate, privateKey] = await Promise.all(
      [organisation.caCertPath, organisation.caKeyPath].map((path) => readFile(path, 'utf8')),
    );
    return [mspId, { mspId, certificate: certificate ?? '', privateKey: privateKey ?? '' }];
  };
  return Object.fromEntries(await Promise.all(MSP_IDS.map(read))) as Authorities;
}

async function readPeers({ organisations }: FabricConnection): Promise<PeerEndpoint[]> {
  const all = organisations.flatMap(({ mspId, peers }) => peers.map((peer) => ({ mspId, ...peer })));
  return Promise.all(
    all.map(async ({ name, mspId, endpoint, tlsRootPem }) => ({
      name,
      mspId,
      endpoint,
      tlsRoot: await readFile(tlsRootPem, 'utf8'),
    })),
  );
}

async function readRoots({ organisations }: FabricConnection): Promise<MspRoots> {
  const read = async (path: string): Promise<readonly string[]> => [await readFile(path, 'utf8')];
  return Object.fromEntries(
    await Promise.all(
      organisations.map(async ({ mspId, caCertPath }) => [mspId, await read(caCertPath)] as const),
    ),
  );
}
