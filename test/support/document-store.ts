/** A document store for one test file: the built-in server on a folder of its own, or a fresh database of MONGODB_URI. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import mongoose from 'mongoose';

const MAIN = join(import.meta.dirname, '../../standalone/document-server/src/main.ts');

/** A store that answers; `stop` removes all that it held. */
export interface TestDocumentStore {
  /** Address with a database name of its own. */
  readonly uri: string;
  /** Address of another database on the same server. */
  otherDatabase(name: string): string;
  stop(): Promise<void>;
}

/** Starts the store of a test file. */
export async function startDocumentStore(): Promise<TestDocumentStore> {
  const given = process.env['MONGODB_URI'];
  return given === undefined || given === '' ? await startBuiltIn() : borrow(given);
}

function borrow(given: string): TestDocumentStore {
  const prefix = `test_${randomBytes(6).toString('hex')}`;
  const used = new Set<string>();
  const address = (name: string): string => {
    const url = new URL(given);
    url.pathname = `/${prefix}_${name}`;
    used.add(url.href);
    return url.href;
  };
  const stop = async (): Promise<void> => {
    for (const uri of used) {
      const connection = await mongoose.createConnection(uri).asPromise();
      await connection.dropDatabase();
      await connection.close();
    }
  };
  return { uri: address('main'), otherDatabase: address, stop };
}

async function startBuiltIn(): Promise<TestDocumentStore> {
  const folder = await mkdtemp('/tmp/fp-');
  const socket = join(folder, 'm.sock');
  const child = spawn(process.execPath, [MAIN, '--data', join(folder, 'data'), '--socket', socket], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const endWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', endWithUs);
  await untilListening(child);
  const address = (name: string): string => `mongodb://${encodeURIComponent(socket)}/${name}`;
  const stop = async (): Promise<void> => {
    process.off('exit', endWithUs);
    const ended = once(child, 'close');
    child.kill('SIGTERM');
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  return { uri: address('main'), otherDatabase: address, stop };
}

async function untilListening(child: ChildProcess): Promise<void> {
  if (child.stdout === null) throw new Error('the document server has no output');
  for await (const line of createInterface({ input: child.stdout })) {
    if (/"(msg|event)":\s*"listening"/.test(line)) {
      child.stdout.resume();
      return;
    }
  }
  throw new Error('the document server ended before it listened');
}
