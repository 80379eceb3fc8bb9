/** The ledger process: the only opener of its folder, serving the Ledger port on a unix socket. */
import { mkdir } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Channel } from './blockchain/embedded/channel.ts';
import { readMspRoots } from './blockchain/embedded/membership.ts';
import { LedgerServer } from './blockchain/embedded/server.ts';
import { openThreadedEndorsers } from './blockchain/embedded/threaded-endorsers.ts';
import { openAuthorities } from './blockchain/identity/authority-folder.ts';
import { loadStartConfig } from './config.ts';
import { announce, createLog } from './log.ts';

const DEFAULT_CONTRACTS = resolve(import.meta.dirname, '../chaincode/src/index.ts');
/** The most; the first serves a quiet ledger, the others are started under load. */
const DEFAULT_THREADS = availableParallelism();
const USAGE =
  'usage: node src/ledger.ts --data DIR --socket PATH [--channel NAME]… [--contracts MODULE] [--threads N]';

interface LedgerArguments {
  readonly data: string;
  readonly socket: string;
  readonly channels: readonly string[];
  readonly contracts: string;
  readonly threads: number;
}

function readArguments(defaultChannel: string): LedgerArguments {
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      socket: { type: 'string' },
      channel: { type: 'string', multiple: true },
      contracts: { type: 'string' },
      threads: { type: 'string', default: String(DEFAULT_THREADS) },
    },
  });
  if (!values.data || !values.socket) throw new Error(USAGE);
  return {
    data: resolve(values.data),
    socket: resolve(values.socket),
    channels: values.channel ?? [defaultChannel],
    contracts: resolve(values.contracts ?? DEFAULT_CONTRACTS),
    threads: readThreads(values.threads),
  };
}

function readThreads(text: string): number {
  if (!/^[1-9]\d?$/.test(text)) throw new Error(`--threads is a number from 1 to 99, not ${text}`);
  return Number(text);
}

async function main(): Promise<void> {
  const config = loadStartConfig();
  const log = createLog('ledger', config.logLevel);
  const options = readArguments(config.channel);
  await mkdir(options.data, { recursive: true, mode: 0o700 });
  await openAuthorities(options.data);
  const mspRoots = await readMspRoots(join(options.data, 'msp'));
  const now = Date.now;
  const fail = (error: Error): void => {
    log.fatal({ err: error }, 'the ledger cannot write and stops');
    void (server?.close() ?? Promise.resolve()).finally(() => process.exit(1));
  };
  let server: LedgerServer | null = null;
  const channels = await Promise.all(
    options.channels.map((channel) =>
      Channel.open({
        folder: join(options.data, 'ledger', channel),
        channel,
        mspRoots,
        now,
        shared: true,
        openPool: ({ folder, revoked, filter }) =>
          openThreadedEndorsers({
            channel,
            stateFolder: folder.state,
            filterMemory: filter.memory,
            blockFile: folder.blocks,
            contractsModule: options.contracts,
            mspRoots,
            revoked,
            threads: options.threads,
            onGrown: (threads) => log.info({ channel, threads }, 'another endorser thread works'),
            onFailure: fail,
          }),
        onFailure: fail,
      }),
    ),
  );
  server = await LedgerServer.listen({ socketPath: options.socket, channels, mspRoots });
  for (const { name, head, recovery } of channels) {
    const { cutBytes, appliedBlocks } = recovery;
    log.info({ channel: name, height: head.height, cutBytes, appliedBlocks }, 'channel open');
  }
  const stop = (): void => {
    log.info('stopping');
    void server.close().then(() => process.exit());
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  announce(log, 'listening', { socket: options.socket, channels: options.channels });
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
