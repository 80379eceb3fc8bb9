/** What a network's `connection.json` and the files that it names say: read at the start, and followed while the platform runs. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { MspRoots } from '../embedded/membership.ts';
import { newLedgerIdentity } from '../identity/ledger-identity.ts';
import type { FabricLog } from './attempts.ts';
import { readConnection, type FabricConnection } from './connection.ts';
import type { NetworkParts } from './fabric-ledger.ts';
import type { PeerEndpoint } from './peers.ts';

const EVERY_MS = 2000;

/** The description at one moment. */
export interface NetworkState extends NetworkParts {
  readonly connection: FabricConnection;
  /** Equal for equal descriptions. */
  readonly print: string;
}

/**
 * Reads the file and every certificate that it names.
 * @param channel of the configuration; another one in the file is refused
 * @throws Error with one sentence when a file is absent or damaged, or the reader's key is not that of its certificate
 */
export async function readNetworkState(file: string, channel: string): Promise<NetworkState> {
  const connection = await readConnection(file);
  if (connection.channel !== channel) {
    throw new Error(`CHANNEL holds "${channel}", but ${file} is of the channel "${connection.channel}".`);
  }
  const { mspId, keyPath, certPath } = connection.reader;
  const [peers, mspRoots, certificate, privateKey] = await Promise.all([
    readPeers(connection),
    readRoots(connection),
    readFile(certPath, 'utf8'),
    readFile(keyPath, 'utf8'),
  ]);
  // Whoever renews the reader writes two files; between them they do not belong together.
  if (!new X509Certificate(certificate).checkPrivateKey(createPrivateKey(privateKey))) {
    throw new Error(`The key ${keyPath} does not belong to the certificate ${certPath}.`);
  }
  const reader = newLedgerIdentity({ mspId, certificate, privateKey });
  const print = JSON.stringify([connection, peers, mspRoots, certificate]);
  return { connection, peers, mspRoots, reader, print };
}

/** Whom a change is told, and what is followed. */
export interface Following {
  readonly file: string;
  readonly channel: string;
  readonly log: FabricLog;
  readonly adopt: (state: NetworkState) => void;
}

/**
 * Looks every two seconds whether the description has changed. One that cannot be read changes nothing, and is told once.
 * @param first the description in use
 * @returns ends it
 */
export function followNetworkState(
  { file, channel, log, adopt }: Following,
  first: NetworkState,
): () => void {
  let { print } = first;
  let told = '';
  let isLooking = false;
  const look = async (): Promise<void> => {
    try {
      const state = await readNetworkState(file, channel);
      told = '';
      if (state.print === print) return;
      adopt(state);
      print = state.print;
      log.info({ peers: state.peers.map(({ endpoint }) => endpoint) }, 'the network changed');
    } catch (err) {
      const words = err instanceof Error ? err.message : String(err);
      if (words !== told)
        log.error({ err }, 'the description of the network cannot be read; the last one stays');
      told = words;
    }
  };
  const timer = setInterval(() => {
    if (isLooking) return;
    isLooking = true;
    void look().finally(() => (isLooking = false));
  }, EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
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
