/** A network of its own folder and ports for a test, with the means to kill what it consists of. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { claimPort } from '../../src/supervisor/ports.ts';
import { withAdmins } from '../admin-client.ts';
import { contractSteps, joining, preparation, starting, type BringUp } from '../bring-up.ts';
import { codeFiles, repositoryCode } from '../chaincode-package.ts';
import { stopAll } from '../commands/down.ts';
import { newChoices, writeChoices, type AskedChoices } from '../network-folder.ts';
import { connectionFile } from '../../src/blockchain/fabric/connection.ts';
import { planNetwork, portsOf, type NetworkPlan } from '../plan.ts';
import { Processes } from '../processes.ts';
import { findPrograms, searchPath } from '../programs.ts';
import { runSteps, type StepReport } from '../steps.ts';

/** Channel of every test network. */
export const testChannel = 'fupin';

/** A running network. */
export interface TestNetwork {
  readonly plan: NetworkPlan;
  readonly processes: Processes;
  /** Folder that stands for DATA_DIR. */
  readonly dataDir: string;
  readonly connectionFile: string;
  /** Seconds from nothing to the first committed transaction. */
  readonly seconds: number;
  /** Ends a program as a power cut would. */
  kill(name: string): void;
  /** Starts whatever does not run, and waits until it is well; commits nothing. */
  heal(): Promise<void>;
  /** The same, and brings nodes that lost their folder to the channel again, as `fabric:up` does; commits a transaction. */
  rejoin(): Promise<void>;
  /** Stops every process and starts it again; commits nothing. */
  restart(): Promise<void>;
  /** Stops the network and deletes its folder. */
  close(): Promise<void>;
}

/** Brings a network up. @param code folder of the contracts, by default the repository's */
export async function openTestNetwork(asked: AskedChoices = {}, code?: string): Promise<TestNetwork> {
  const dataDir = mkdtempSync('/tmp/fn-');
  const folder = join(dataDir, 'fabric');
  mkdirSync(folder, { mode: 0o700 });
  const choices = newChoices({ channel: testChannel, basePort: await freeBasePort(asked) }, asked);
  writeChoices(folder, choices);
  const plan = planNetwork(choices, folder);
  const processes = new Processes(folder);
  const bringUp: BringUp = { plan, programs: findPrograms(searchPath(process.env)), processes, code };
  const began = performance.now();
  try {
    await runSteps([...preparation(bringUp), ...starting(bringUp)], quiet);
    await withAdmins(plan, (admins) => runSteps(joining(bringUp, admins), quiet));
  } catch (error) {
    await stopAll(folder);
    throw error;
  }
  return {
    plan,
    processes,
    dataDir,
    connectionFile: join(folder, connectionFile),
    seconds: (performance.now() - began) / 1000,
    kill: (name) => {
      const record = processes.running(name);
      if (!record) throw new Error(`${name} does not run`);
      process.kill(record.pid, 'SIGKILL');
    },
    heal: () => heal(bringUp),
    rejoin: async () => {
      await runSteps(starting(bringUp), quiet);
      await withAdmins(plan, (admins) => runSteps(joining(bringUp, admins), quiet));
    },
    restart: async () => {
      await stopAll(folder);
      await heal(bringUp);
    },
    close: async () => {
      await stopAll(folder);
      if (process.env['KEEP_NETWORK'] === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

async function heal(bringUp: BringUp): Promise<void> {
  await runSteps(starting(bringUp), quiet);
  await withAdmins(bringUp.plan, (admins) => runSteps(contractSteps(bringUp.plan, admins), quiet));
}

/** @returns a new folder that goes with this process */
export function passingFolder(): string {
  const folder = mkdtempSync('/tmp/fcc-');
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Contracts of one module in the form of a package, for networks that deploy something else than the platform's. */
export function codeFolderOf(module: string): string {
  const folder = passingFolder();
  for (const path of codeFiles(repositoryCode).filter((one) => !one.startsWith('src/'))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(repositoryCode, path), join(folder, path));
  }
  symlinkSync(resolve(repositoryCode, '../node_modules'), join(folder, 'node_modules'));
  mkdirSync(join(folder, 'src'));
  writeFileSync(join(folder, 'src/index.ts'), readFileSync(module));
  return folder;
}

function quiet(done: StepReport): void {
  if (process.env['SHOW_STEPS'] !== undefined)
    process.stderr.write(`${done.seconds.toFixed(1)} s ${done.title}\n`);
}

/** @returns a first port from which every port of such a network is free */
export async function freeBasePort(asked: AskedChoices): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const basePort = 20_000 + Math.floor(Math.random() * 80) * 100;
    const plan = planNetwork(newChoices({ channel: testChannel, basePort }, asked), '/');
    const claims = portsOf(plan).map((port) => claimPort(port, 'port'));
    if ((await Promise.allSettled(claims)).every(({ status }) => status === 'fulfilled')) return basePort;
  }
  throw new Error('no free ports');
}
