/** Opens the ledger that the configuration names, with the certificate authorities of its organisations. */
import { join, resolve } from 'node:path';
import { withArchive } from './blockchain/archived-ledger.ts';
import { connectEmbeddedLedger } from './blockchain/embedded/client.ts';
import type { EmbeddedLedger } from './blockchain/embedded/embedded-ledger.ts';
import type { FabricLog } from './blockchain/fabric/attempts.ts';
import type { FabricLimits } from './blockchain/fabric/fabric-ledger.ts';
import { openAuthorities, type Authorities } from './blockchain/identity/authority-folder.ts';
import type { MspId } from './blockchain/identity/certificate-authority.ts';
import type { Ledger } from './blockchain/ledger.port.ts';
import type { NetworkWatch } from './blockchain/nodes.port.ts';
import type { Config } from './config.ts';
import { readArchiveNote } from './migration/archive-note.ts';

/** What of the configuration says which ledger, and how it is reached. */
export type LedgerConfig = Pick<
  Config,
  | 'ledger'
  | 'channel'
  | 'dataDir'
  | 'fabricConnection'
  | 'fabricEvaluateSeconds'
  | 'fabricEndorseSeconds'
  | 'fabricSubmitSeconds'
  | 'fabricStatusSeconds'
  | 'fabricWaitSeconds'
  | 'fabricInFlight'
>;

/** The ledger, and what only its installation may do. */
export interface OpenedLedger {
  readonly ledger: Ledger;
  readonly authorities: Authorities;
  /** Makes the ledger refuse a certificate from now on. @param serial hexadecimal */
  readonly revoke: (serial: string, mspId: MspId) => Promise<void>;
  /** Looks at the nodes; null for a ledger that has but one. */
  readonly nodes: NetworkWatch | null;
}

/** Who opens it. */
export interface LedgerOpener {
  /** Name of the process, unique among those that write. */
  readonly processName: string;
  readonly log: FabricLog;
}

/** @returns absolute path of the file that describes the network */
export function connectionFileOf({ fabricConnection, dataDir }: LedgerConfig): string {
  return fabricConnection === ''
    ? join(resolve(dataDir), 'fabric/connection.json')
    : resolve(fabricConnection);
}

/**
 * Opens the ledger of the configuration.
 * @param socket of the embedded ledger's process, or a ledger in this process; on a network the socket of the archive, '' for
 *   the network's own blocks alone
 * @throws Error with one sentence when the network's file is absent or damaged
 */
export async function openLedger(
  config: LedgerConfig,
  socket: string | EmbeddedLedger,
  opener: LedgerOpener,
): Promise<OpenedLedger> {
  if (config.ledger === 'fabric' && typeof socket === 'string') return openFabric(config, socket, opener);
  const ledger =
    typeof socket === 'string'
      ? connectEmbeddedLedger({ socketPath: socket, channel: config.channel })
      : socket;
  const authorities = await openAuthorities(join(config.dataDir, 'ledger'));
  return { ledger, authorities, revoke: (serial) => ledger.revoke(serial), nodes: null };
}

async function openFabric(config: LedgerConfig, socket: string, opener: LedgerOpener): Promise<OpenedLedger> {
  // A platform with its own ledger does without the 70 MB that a network's client takes.
  const [{ openNetwork }, { createNodeWatch }, { revokeCertificate }] = await Promise.all([
    import('./blockchain/fabric/open-network.ts'),
    import('./blockchain/fabric/node-watch.ts'),
    import('./blockchain/channel-config/revocation.ts'),
  ]);
  const network = await openNetwork({
    ...opener,
    connectionFile: connectionFileOf(config),
    channel: config.channel,
    dataDir: config.dataDir,
    limits: limitsOf(config),
    revoke: async (connection, mspId, serial) => {
      const seconds = await revokeCertificate({ connection, mspId, serial });
      opener.log.info({ mspId, serial, seconds }, 'the channel refuses a certificate');
    },
  });
  const { ledger, authorities } = network;
  return {
    ledger: withEarlierBlocks(ledger, config.dataDir, socket),
    authorities,
    revoke: (serial, mspId) => ledger.revoke(serial, mspId),
    nodes: {
      ...createNodeWatch(() => network.connection),
      calls: () => ({ inFlight: ledger.inFlight, failures: ledger.retryCounts }),
    },
  };
}

/** The blocks of the ledger that was left come first, where there is one and its process answers. */
function withEarlierBlocks(ledger: Ledger, dataDir: string, socketPath: string): Ledger {
  const note = socketPath === '' ? null : readArchiveNote(dataDir);
  if (note === null) return ledger;
  const { channel, height, hash } = note;
  return withArchive(ledger, { ledger: connectEmbeddedLedger({ socketPath, channel }), height, hash });
}

function limitsOf(config: LedgerConfig): FabricLimits {
  return {
    evaluateMs: config.fabricEvaluateSeconds * 1000,
    endorseMs: config.fabricEndorseSeconds * 1000,
    submitMs: config.fabricSubmitSeconds * 1000,
    statusMs: config.fabricStatusSeconds * 1000,
    proposeMs: config.fabricWaitSeconds * 1000,
    settleMs: config.fabricWaitSeconds * 1000,
    maxInFlight: config.fabricInFlight,
  };
}
