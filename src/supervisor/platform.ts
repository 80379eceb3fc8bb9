/** Starts the platform's processes in their order, watches them, and stops them in reverse. */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { Config, StartConfig } from '../config.ts';
import { readArchiveNote } from '../migration/archive-note.ts';
import { privateRedis } from '../servers/private-redis.ts';
import { Child } from './child.ts';
import type { ChildEvents, ChildSpec } from './child.ts';
import { readJson, writeWhole } from './data-folder.ts';
import { requireRightClock } from './clock-check.ts';
import type { InstallationKind } from './data-folder.ts';
import { assertRoom } from './disk.ts';
import { checkNetwork, keepLedger } from './ledger-choice.ts';
import {
  addressesFor,
  frugalNodeChild,
  makeSocketFolder,
  nodeChild,
  platformConfig,
  removeSocketFolder,
} from './plan.ts';
import type { Scripts } from './plan.ts';
import { accepts, claimPort, freePort } from './ports.ts';
import { openSecrets } from './secrets.ts';
import { StartError } from './start-error.ts';
import { complain, step } from './terminal.ts';

/** A document store that was chosen: given, found on the machine, or the built-in one. */
export interface DocumentStore {
  readonly kind: string;
  readonly uri: string;
  /** What to start; absent when a server was given. */
  readonly command?: { readonly command: string; readonly args: readonly string[] } | undefined;
  /** Says which store it is, for the start line. */
  readonly sentence: string;
}

/** Where a document store may be put. */
export interface StorePlace {
  readonly dataDir: string;
  /** Folder with a short path for its socket. */
  readonly socketDir: string;
  /** A server that the person named. */
  readonly mongodbUri?: string;
}

/** What a platform is made from. */
export interface PlatformDeps {
  readonly kind: InstallationKind;
  readonly config: StartConfig;
  readonly dataFolder: string;
  readonly scripts: Scripts;
  readonly chooseStore: (place: StorePlace) => Promise<DocumentStore>;
  /** Ends the whole run, with a sentence for the person. */
  readonly onFatal: (error: unknown) => void;
}

const STOP_MS = { front: 4500, ledger: 2000, stores: 1500 };
const runFile = z.looseObject({ socketFolder: z.string() });

/** The running processes of one installation. */
export class Platform {
  readonly #deps: PlatformDeps;
  readonly #front: Child[] = [];
  readonly #ledger: Child[] = [];
  readonly #stores: Child[] = [];
  #socketFolder = '';
  #stopping: Promise<void> | undefined;

  constructor(deps: PlatformDeps) {
    this.#deps = deps;
  }

  /**
   * Starts everything up to the first page.
   * @returns the configuration that the processes got
   * @throws StartError when one of them cannot start
   */
  async start(): Promise<Config> {
    const { config, dataFolder, kind } = this.#deps;
    await requireRightClock(config.ntpServer);
    const ports = {
      web: await claimPort(config.port, 'PORT'),
      bank: kind === 'demo' ? await claimPort(config.bankPort, 'BANK_PORT') : config.bankPort,
    };
    this.#clearLastRun();
    this.#socketFolder = makeSocketFolder();
    keepLedger(dataFolder, config.ledger);
    const secrets = openSecrets(dataFolder);
    const ledgerSocket = config.ledgerSocket ?? join(this.#socketFolder, 'ledger.sock');
    const [redis, mongodb] = await Promise.all([
      this.#startRedis(secrets.REDIS_PASSWORD),
      this.#startDocumentStore(),
      this.#startLedger(ledgerSocket),
    ]);
    const uris = { redis, mongodb };
    const full = platformConfig({ kind, config, secrets, dataFolder, ports, uris, ledgerSocket });
    this.#writeRunFile(full);
    await this.#startFront(full);
    return full;
  }

  /** Stops everything: web, worker and bank first, then the ledger, then the stores; within 10 s. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #stopAll(): Promise<void> {
    await Promise.all(this.#front.map((child) => child.stop(STOP_MS.front)));
    await Promise.all(this.#ledger.map((child) => child.stop(STOP_MS.ledger)));
    await Promise.all(this.#stores.map((child) => child.stop(STOP_MS.stores)));
    rmSync(join(this.#deps.dataFolder, 'run.json'), { force: true });
    if (this.#socketFolder !== '') removeSocketFolder(this.#socketFolder);
  }

  async #startRedis(password: string): Promise<string> {
    const given = this.#deps.config.redisUrl;
    if (given !== undefined) {
      // Its client is loaded only when there is one to check.
      const { checkNamedRedis } = await import('../servers/named-redis.ts');
      await step('redis: REDIS_URL', () => checkNamedRedis(given));
      return given;
    }
    const redis = privateRedis({ dataFolder: this.#deps.dataFolder, port: await freePort(), password });
    const { command, args, input, probe } = redis;
    const env = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' };
    await this.#run(this.#stores, { name: 'redis', command, args, input, probe, env });
    return redis.uri;
  }

  async #startDocumentStore(): Promise<string> {
    const { mongodbUri } = this.#deps.config;
    const store = await this.#deps.chooseStore({
      dataDir: this.#deps.dataFolder,
      socketDir: this.#socketFolder,
      ...(mongodbUri === undefined ? {} : { mongodbUri }),
    });
    if (!store.command) return store.uri;
    const spec = nodeChild('document-store', [], {});
    const probe = (): Promise<boolean> => accepts(addressOf(store.uri));
    await this.#run(this.#stores, { ...spec, ...store.command, probe }, store.sentence);
    return store.uri;
  }

  async #startLedger(socket: string): Promise<void> {
    const { config, dataFolder, scripts } = this.#deps;
    if (config.ledger === 'fabric') {
      await step('ledger: Fabric network', () => checkNetwork({ ...config, dataDir: dataFolder }));
      // The ledger whose state was moved goes on as an archive, which is read alone.
      if (readArchiveNote(dataFolder) === null) return;
    }
    const place = ['--data', join(dataFolder, 'ledger'), '--socket', socket];
    const args = [scripts.ledger, ...place, '--channel', config.channel];
    await this.#run(
      this.#ledger,
      nodeChild('ledger', args, { ...config, ledgerSocket: socket, dataDir: dataFolder }),
    );
  }

  async #startFront(config: Config): Promise<void> {
    const { kind, scripts, dataFolder } = this.#deps;
    const starts = [
      this.#run(this.#front, frugalNodeChild('web', scripts.web, config)),
      this.#run(this.#front, frugalNodeChild('worker', scripts.worker, config)),
    ];
    if (kind === 'demo') {
      const place = ['--data', join(dataFolder, 'sample-bank'), '--port', String(config.bankPort)];
      const args = [scripts.bank, ...place, '--platform', `http://127.0.0.1:${config.port}`];
      starts.push(
        this.#run(
          this.#front,
          nodeChild('sample-bank', args, { bankPort: config.bankPort, dataDir: dataFolder }),
        ),
      );
    }
    await Promise.all(starts);
    await step('first page', () => firstPage(config.port));
  }

  async #run(group: Child[], spec: ChildSpec, note = ''): Promise<void> {
    if (this.#stopping) throw new StartError('The start was stopped.');
    const child = new Child(spec, join(this.#deps.dataFolder, 'logs'), this.#events());
    group.push(child);
    await step(spec.name, async () => {
      await child.start();
      return note;
    });
  }

  #events(): ChildEvents {
    return {
      died: (name, how, pauseMs) => {
        complain(
          `  ${name} ${how}; it starts again in ${pauseMs / 1000} s (log: ${this.#deps.dataFolder}/logs/${name}.log)`,
        );
        try {
          assertRoom(this.#deps.dataFolder);
        } catch (error) {
          this.#deps.onFatal(error);
        }
      },
      returned: (name) => complain(`  ${name} is back`),
    };
  }

  #writeRunFile(config: Config): void {
    const run = {
      pid: process.pid,
      address: config.publicUrl,
      socketFolder: this.#socketFolder,
      env: addressesFor(config),
      children: Object.fromEntries(
        [...this.#stores, ...this.#ledger].map((child) => [child.spec.name, child.pid]),
      ),
    };
    writeWhole(join(this.#deps.dataFolder, 'run.json'), JSON.stringify(run, null, 2));
  }

  // A run that was killed could not tidy up after itself.
  #clearLastRun(): void {
    const file = join(this.#deps.dataFolder, 'run.json');
    const last = readJson(file, runFile);
    if (last) removeSocketFolder(last.socketFolder);
    rmSync(file, { force: true });
  }
}

function addressOf(uri: string): { path: string } | { host: string; port: number } {
  const host = /^mongodb:\/\/(?:[^@/]*@)?([^/,?]+)/.exec(uri)?.[1] ?? '';
  const decoded = decodeURIComponent(host);
  if (decoded.startsWith('/')) return { path: decoded };
  const [name = '127.0.0.1', port = '27017'] = decoded.split(':');
  return { host: name, port: Number(port) };
}

async function firstPage(port: number): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    const status = await fetch(`http://127.0.0.1:${port}/`, { redirect: 'manual' }).then(
      (response) => response.status,
      () => 0,
    );
    if (status > 0 && status < 500) return;
    await delay(100);
  }
  throw new StartError('The web process listens, but its first page did not answer; see the log of web.');
}
