/** The real platform on a data folder of its own: started, killed with every process, opened for a look. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from 'mongoose';
import { connectEmbeddedLedger } from '../../../src/blockchain/embedded/client.ts';
import type { Ledger } from '../../../src/blockchain/ledger.port.ts';
import { openDocumentStore } from '../../../src/models/connection.ts';
import { alive, portPair, start, type Run } from '../start-run.ts';
import type { FaultSetup } from './setup.ts';

const startWithinMs = 120_000;
const stopWithinMs = 15_000;
const command = ['--disable-warning=ExperimentalWarning', 'test/support/faults/run.ts'];

/** Opened ledger and document store of a running installation. */
export interface Opened {
  readonly ledger: Ledger;
  readonly connection: Connection;
}

/** One data folder and the processes that run on it. */
export class Installation {
  readonly folder: string;
  readonly port: number;
  readonly #test: TestContext;
  #run: Run | undefined;

  private constructor(test: TestContext, folder: string, port: number) {
    this.#test = test;
    this.folder = folder;
    this.port = port;
  }

  /** Starts the platform on an empty folder and waits for its demonstration. */
  static async create(test: TestContext): Promise<Installation> {
    const folder = mkdtempSync('/tmp/ff-');
    const made = new Installation(test, folder, await portPair());
    test.after(async () => {
      await made.#stop();
      rmSync(folder, { recursive: true, force: true });
    });
    await made.start();
    return made;
  }

  /** Starts it and waits for its closing words. */
  async start(): Promise<void> {
    const run = await start(this.#test, command, {
      dataDir: this.folder,
      port: this.port,
      env: { TMPDIR: '/tmp', LOG_LEVEL: 'warn' },
    });
    this.#run = run;
    const deadline = Date.now() + startWithinMs;
    while (!run.out().includes('Ready after')) {
      if (run.child.exitCode !== null || Date.now() > deadline)
        throw new Error(`the platform did not start:\n${run.out()}${run.err()}`);
      await delay(50);
    }
  }

  /** Everything that it told the person on its standard error. */
  complaints(): string {
    return this.#run?.err() ?? '';
  }

  /** kill -9 of the start command and everything below it; waits until none of them is left. */
  async killAll(): Promise<void> {
    const pids = this.processes().map((one) => one.pid);
    const own = this.#run?.child.pid;
    if (own !== undefined && this.#run?.child.exitCode === null) pids.unshift(own);
    for (const pid of pids) kill(pid, 'SIGKILL');
    while (pids.some(alive)) await delay(10);
    await this.#run?.ended;
    this.#run = undefined;
  }

  // Asked first, so that it removes the folder of its sockets.
  async #stop(): Promise<void> {
    this.#run?.child.kill('SIGTERM');
    await Promise.race([this.#run?.ended, delay(stopWithinMs, undefined, { ref: false })]);
    await this.killAll();
  }

  /** Sends a signal to the process whose command line holds these words. @throws Error when there is none */
  signal(words: string, signal: NodeJS.Signals): void {
    const found = this.processes().find((one) => one.line.includes(words));
    if (found === undefined) throw new Error(`no process ${words}`);
    kill(found.pid, signal);
  }

  /** Every process below the start command. */
  processes(): { readonly pid: number; readonly line: string }[] {
    const root = this.#run?.child.pid;
    const all = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap(processOf);
    const below = new Set(root === undefined ? [] : [root]);
    for (let before = -1; before !== below.size;) {
      before = below.size;
      for (const one of all) if (below.has(one.parent)) below.add(one.pid);
    }
    return all.filter((one) => one.pid !== root && below.has(one.pid));
  }

  /** Variables by which a command finds the running platform. */
  environment(): Readonly<Record<string, string>> {
    const run = JSON.parse(readFileSync(join(this.folder, 'run.json'), 'utf8')) as {
      env: Record<string, string>;
    };
    return run.env;
  }

  setup(): FaultSetup {
    return JSON.parse(readFileSync(join(this.folder, 'fault-setup.json'), 'utf8')) as FaultSetup;
  }

  /** Folder of the documents, whichever server keeps them. */
  documents(): string {
    const found = ['documents', 'mongod']
      .map((name) => join(this.folder, name))
      .find((one) => existsSync(one));
    if (found === undefined) throw new Error('no document store in the data folder');
    return found;
  }

  /** Works on its ledger and document store, and closes both again. */
  async look<T>(work: (opened: Opened) => Promise<T>): Promise<T> {
    const env = this.environment();
    const connection = await openDocumentStore(env['MONGODB_URI'] ?? '');
    const ledger = connectEmbeddedLedger({
      socketPath: env['LEDGER_SOCKET'] ?? '',
      channel: env['CHANNEL'] ?? '',
    });
    try {
      return await work({ ledger, connection });
    } finally {
      await ledger.close();
      await connection.close();
    }
  }
}

function processOf(name: string): { pid: number; parent: number; line: string }[] {
  try {
    const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    const line = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return [{ pid: Number(name), parent, line }];
  } catch {
    return []; // It has ended since the folder was read.
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    return; // It has ended already.
  }
}
