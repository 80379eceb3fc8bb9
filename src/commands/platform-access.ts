/** Gives a command the ledger and the document store: of the platform that runs, or started for the command alone. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Connection } from 'mongoose';
import { connectEmbeddedLedger } from '../blockchain/embedded/client.ts';
import type { Ledger } from '../blockchain/ledger.port.ts';
import { loadStartConfig } from '../config.ts';
import type { StartConfig } from '../config.ts';
import { readArchiveNote } from '../migration/archive-note.ts';
import { openDocumentStore } from '../models/connection.ts';
import { openLedger } from '../open-ledger.ts';
import { chooseDocumentStore } from '../servers/document-store.ts';
import { Child } from '../supervisor/child.ts';
import { openDataFolder } from '../supervisor/data-folder.ts';
import { makeSocketFolder, nodeChild, platformScripts, removeSocketFolder } from '../supervisor/plan.ts';
import { accepts } from '../supervisor/ports.ts';
import { StartError } from '../supervisor/start-error.ts';

/** What a command works with. */
export interface PlatformAccess {
  readonly ledger: Ledger;
  readonly connection: Connection;
  readonly channel: string;
}

const STOP_MS = 5000;

/**
 * Runs a command's work on the ledger and the document store. The launcher hands over the addresses of a running platform;
 * without one, both are started on the data folder and stopped again.
 * @throws StartError when there is no data, or a server cannot be started
 */
export async function withPlatform<T>(work: (access: PlatformAccess) => Promise<T>): Promise<T> {
  const config = loadStartConfig();
  if (config.ledger === 'fabric') return await onNetwork(config, work);
  const { ledgerSocket, mongodbUri } = config;
  if (ledgerSocket !== undefined && mongodbUri !== undefined && (await accepts({ path: ledgerSocket }))) {
    return await connected({ ledgerSocket, mongodbUri, channel: config.channel }, work);
  }
  return await withOwnServers(config, work);
}

interface Addresses {
  readonly ledgerSocket: string;
  readonly mongodbUri: string;
  readonly channel: string;
}

async function connected<T>(addresses: Addresses, work: (access: PlatformAccess) => Promise<T>): Promise<T> {
  const { ledgerSocket, mongodbUri, channel } = addresses;
  const ledger = connectEmbeddedLedger({ socketPath: ledgerSocket, channel });
  try {
    return await onStore(mongodbUri, ledger, work);
  } finally {
    await ledger.close();
  }
}

async function onStore<T>(
  mongodbUri: string,
  ledger: Ledger,
  work: (access: PlatformAccess) => Promise<T>,
): Promise<T> {
  const connection = await openDocumentStore(mongodbUri);
  try {
    return await work({ ledger, connection, channel: ledger.channel });
  } finally {
    await connection.close();
  }
}

/** The network runs by itself; only the document store may have to be started. */
async function onNetwork<T>(config: StartConfig, work: (access: PlatformAccess) => Promise<T>): Promise<T> {
  const { mongodbUri, ledgerSocket = '' } = config;
  if (mongodbUri !== undefined && (await isServed(config, ledgerSocket)))
    return await closing(await networkLedger(config, ledgerSocket), (ledger) =>
      onStore(mongodbUri, ledger, work),
    );
  return await withStore(config, async (place) => {
    const uri = await startStore(config, place);
    const socket = join(place.socketFolder, 'ledger.sock');
    if (readArchiveNote(place.dataDir) !== null) await startLedger(config.channel, socket, place);
    return await closing(await networkLedger(config, socket), (ledger) => onStore(uri, ledger, work));
  });
}

/** True unless there is an archive whose process does not answer. */
async function isServed(config: StartConfig, socket: string): Promise<boolean> {
  return readArchiveNote(resolve(config.dataDir)) === null || (await accepts({ path: socket }));
}

async function closing<T>(ledger: Ledger, work: (ledger: Ledger) => Promise<T>): Promise<T> {
  try {
    return await work(ledger);
  } finally {
    await ledger.close();
  }
}

async function networkLedger(config: StartConfig, socket: string): Promise<Ledger> {
  const silent = (): void => undefined;
  const log = { info: silent, warn: silent, error: silent };
  try {
    return (await openLedger(config, socket, { processName: `command-${process.pid}`, log })).ledger;
  } catch (error) {
    throw new StartError(error instanceof Error ? error.message : String(error));
  }
}

/**
 * Runs work on servers started for it alone on a data folder, and stopped again.
 * @param config its data folder, and MONGODB_URI when that one is meant
 * @throws StartError when the folder is in use or holds nothing
 */
export async function withOwnServers<T>(
  config: Pick<StartConfig, 'dataDir' | 'channel' | 'mongodbUri'>,
  work: (access: PlatformAccess) => Promise<T>,
): Promise<T> {
  if (!existsSync(join(resolve(config.dataDir), 'ledger')))
    throw new StartError(`${resolve(config.dataDir)} holds no ledger.`);
  return await withStore(config, async (place) => {
    const ledgerSocket = join(place.socketFolder, 'ledger.sock');
    const mongodbUri = await startStore(config, place);
    await startLedger(config.channel, ledgerSocket, place);
    return await connected({ ledgerSocket, mongodbUri, channel: config.channel }, work);
  });
}

async function withStore<T>(
  config: Pick<StartConfig, 'dataDir'>,
  work: (place: Place) => Promise<T>,
): Promise<T> {
  const dataDir = resolve(config.dataDir);
  const data = openDataFolder(dataDir);
  const socketFolder = makeSocketFolder();
  const children: Child[] = [];
  try {
    return await work({ dataDir, socketFolder, children });
  } finally {
    await Promise.all(children.map((child) => child.stop(STOP_MS)));
    removeSocketFolder(socketFolder);
    data.close();
  }
}

interface Place {
  readonly dataDir: string;
  readonly socketFolder: string;
  /** Every process started, to be stopped by the caller. */
  readonly children: Child[];
}

async function startStore(config: Pick<StartConfig, 'mongodbUri'>, place: Place): Promise<string> {
  const { mongodbUri } = config;
  const store = await chooseDocumentStore({
    dataDir: place.dataDir,
    socketDir: place.socketFolder,
    ...(mongodbUri === undefined ? {} : { mongodbUri }),
  });
  if (store.command === undefined) return store.uri;
  const path = decodeURIComponent(/^mongodb:\/\/([^/]+)/.exec(store.uri)?.[1] ?? '');
  const probe = (): Promise<boolean> => accepts({ path });
  await start({ ...nodeChild('document-store', [], {}), ...store.command, probe }, place);
  return store.uri;
}

async function startLedger(channel: string, socket: string, place: Place): Promise<void> {
  const args = ['--data', join(place.dataDir, 'ledger'), '--socket', socket, '--channel', channel];
  await start(nodeChild('ledger', [platformScripts.ledger, ...args], { dataDir: place.dataDir }), place);
}

async function start(spec: ConstructorParameters<typeof Child>[0], place: Place): Promise<void> {
  const silent = { died: () => undefined, returned: () => undefined };
  const child = new Child(spec, join(place.dataDir, 'logs'), silent);
  place.children.push(child);
  await child.start();
}
