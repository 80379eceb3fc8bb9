/** Chooses the server of the documents: the one that was named, a private `mongod`, or the built-in document server. */

import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { z } from 'zod';
import { readJson, writeWhole } from '../supervisor/data-folder.ts';
import { StartError } from '../supervisor/start-error.ts';

/** `named` by MONGODB_URI, a `mongod` of this machine run privately, or the `built-in` one. */
export type DocumentStoreKind = 'named' | 'mongod' | 'built-in';

/** A document store and how to reach it. */
export interface DocumentStore {
  readonly kind: DocumentStoreKind;
  /** Address for the driver, with the name of the database. */
  readonly uri: string;
  /** What the supervisor starts; absent when a server was named. */
  readonly command?: { readonly command: string; readonly args: readonly string[] };
  /** Says which store it is and, if there is one, which better one was found since. */
  readonly sentence: string;
}

/** Where a document store may be put. */
export interface DocumentStorePlace {
  /** Data folder of the platform. */
  readonly dataDir: string;
  /** Folder with a short path for its socket. */
  readonly socketDir: string;
  /** MONGODB_URI, when it is set. */
  readonly mongodbUri?: string;
  /** Folders in which programs are looked for, as in PATH. */
  readonly path?: string;
}

const DATABASE = 'fupin';
const SOCKET_PATH_BYTES_MAX = 90;
const SERVER = join(import.meta.dirname, '../../standalone/document-server/src/main.ts');
const kinds = z.enum(['named', 'mongod', 'built-in']);
const choicesFile = z.looseObject({ documentStore: kinds.optional() });

/**
 * Chooses at the first start, records the choice in `choices.json` of the data folder, and keeps it from then on,
 * so that a server which appears later never hides the documents that are there.
 * @param place folders, and the server that was named
 * @returns the store; the caller starts its command
 * @throws StartError when the recorded store cannot be had any more, or the socket's path is too long
 */
export function chooseDocumentStore(place: DocumentStorePlace): Promise<DocumentStore> {
  return new Promise((resolve) => {
    resolve(choose(place));
  });
}

function choose(place: DocumentStorePlace): DocumentStore {
  const mongod = findProgram('mongod', place.path ?? process.env['PATH'] ?? '');
  const best = bestKind(place, mongod);
  const kind = recordedKind(place.dataDir) ?? best;
  const store = describe(kind, place, mongod);
  record(place.dataDir, kind);
  return kind === best ? store : { ...store, sentence: `${store.sentence} ${better(best)}` };
}

function bestKind(place: DocumentStorePlace, mongod: string | undefined): DocumentStoreKind {
  if (place.mongodbUri !== undefined) return 'named';
  return mongod === undefined ? 'built-in' : 'mongod';
}

function describe(
  kind: DocumentStoreKind,
  place: DocumentStorePlace,
  mongod: string | undefined,
): DocumentStore {
  if (kind === 'built-in') return builtIn(place);
  if (kind === 'mongod') return privateMongod(place, mongod);
  if (place.mongodbUri === undefined) {
    throw new StartError(
      `This platform keeps its documents on the MongoDB that MONGODB_URI named at its first start: set MONGODB_URI to it. ${moving(place)}`,
    );
  }
  return { kind, uri: place.mongodbUri, sentence: 'MongoDB at MONGODB_URI.' };
}

function builtIn(place: DocumentStorePlace): DocumentStore {
  const socket = socketIn(place.socketDir, 'documents.sock');
  const data = join(place.dataDir, 'documents');
  return {
    kind: 'built-in',
    uri: uriOf(socket),
    command: {
      command: process.execPath,
      args: ['--disable-warning=ExperimentalWarning', SERVER, '--data', data, '--socket', socket],
    },
    sentence: 'built-in document server, for demonstration, development and a single-office pilot.',
  };
}

function privateMongod(place: DocumentStorePlace, mongod: string | undefined): DocumentStore {
  if (mongod === undefined) {
    throw new StartError(
      `This platform keeps its documents in a mongod of this machine, which is no longer on PATH: install it again. ${moving(place)}`,
    );
  }
  const socket = socketIn(place.socketDir, 'mongod.sock');
  const data = join(place.dataDir, 'mongod');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  // Bound to a socket in place of an address, it opens no port; the second socket that it makes stays in the same folder.
  const args = ['--dbpath', data, '--bind_ip', socket, '--unixSocketPrefix', place.socketDir];
  return {
    kind: 'mongod',
    uri: uriOf(socket),
    command: { command: mongod, args: [...args, '--filePermissions', '0600'] },
    sentence: `private mongod (${mongod}).`,
  };
}

function better(best: DocumentStoreKind): string {
  const found = {
    named: 'MONGODB_URI names a MongoDB, which',
    mongod: 'A mongod is on PATH, which',
    'built-in': 'The built-in document server',
  };
  return `${found[best]} is not used: the documents stay where they were at the first start until they are moved (docs/adr/0002-document-server.md).`;
}

function moving(place: DocumentStorePlace): string {
  return `After moving the documents elsewhere, delete documentStore from ${join(place.dataDir, 'choices.json')}.`;
}

function uriOf(socket: string): string {
  return `mongodb://${encodeURIComponent(socket)}/${DATABASE}`;
}

function socketIn(folder: string, name: string): string {
  const path = join(folder, name);
  const bytes = Buffer.byteLength(path);
  if (bytes <= SOCKET_PATH_BYTES_MAX) return path;
  throw new StartError(
    `The path of the socket ${path} has ${bytes} bytes, and more than ${SOCKET_PATH_BYTES_MAX} do not work everywhere: set TMPDIR to a folder with a shorter path.`,
  );
}

/** Which store the platform of a data folder keeps its documents in; the built-in one when nothing is recorded. */
export function documentStoreOf(dataDir: string): DocumentStoreKind {
  return recordedKind(dataDir) ?? 'built-in';
}

/** Records that the documents lie on the MongoDB of MONGODB_URI from now on. */
export function recordNamedStore(dataDir: string): void {
  record(dataDir, 'named');
}

function recordedKind(dataDir: string): DocumentStoreKind | undefined {
  const file = join(dataDir, 'choices.json');
  const choices = readJson(file, choicesFile);
  if (choices === undefined && existsSync(file)) {
    throw new StartError(
      `${file} is damaged: it should hold {"documentStore":"named"}, {"documentStore":"mongod"} or {"documentStore":"built-in"}.`,
    );
  }
  return choices?.documentStore;
}

function record(dataDir: string, documentStore: DocumentStoreKind): void {
  const file = join(dataDir, 'choices.json');
  const choices = readJson(file, choicesFile);
  if (choices?.documentStore === documentStore) return;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  writeWhole(file, `${JSON.stringify({ ...choices, documentStore }, null, 2)}\n`);
}

function findProgram(name: string, path: string): string | undefined {
  return path
    .split(delimiter)
    .filter((folder) => folder.startsWith('/'))
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
