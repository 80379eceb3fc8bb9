/** Opens the adapter on the network that a `connection.json` describes, with the organisations' certificate authorities. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Authorities } from '../identity/authority-folder.ts';
import { MSP_IDS, type CertificateAuthority, type MspId } from '../identity/certificate-authority.ts';
import type { FabricLog } from './attempts.ts';
import type { FabricConnection } from './connection.ts';
import { openFabricLedger, type FabricLedger, type FabricLimits } from './fabric-ledger.ts';
import { followNetworkState, readNetworkState, type NetworkState } from './network-state.ts';

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
  /** As the file describes it now. */
  readonly connection: FabricConnection;
}

/**
 * Opens the adapter; while it is open it follows what the file says of peers, authorities and the reader.
 * @throws Error with one sentence when the file is absent, damaged, of another channel, or lacks an organisation
 */
export async function openNetwork(settings: NetworkSettings): Promise<OpenNetwork> {
  const { connectionFile: file, channel, log, revoke } = settings;
  const first = await readNetworkState(file, channel);
  const authorities = await readAuthorities(first.connection);
  let { connection } = first;
  let stop = (): void => undefined;
  const ledger = await openFabricLedger({
    ...{ channel, chaincode: connection.chaincode, peers: first.peers, mspRoots: first.mspRoots },
    ...{ reader: first.reader, limits: settings.limits, log },
    journal: join(settings.dataDir, 'fabric', 'in-flight', `${settings.processName}.journal`),
    revoke: (serial, mspId) => revoke(connection, mspId, serial),
    onClose: () => stop(),
  });
  const adopt = (state: NetworkState): void => {
    ({ connection } = state);
    ledger.adopt(state);
  };
  stop = followNetworkState({ file, channel, log, adopt }, first);
  return {
    ledger,
    authorities,
    get connection() {
      return connection;
    },
  };
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
