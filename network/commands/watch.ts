/** `npm run fabric:up -- --watch`: stays, starts again what dies, and tells who is not well; ends without stopping the network. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { StartError } from '../../src/supervisor/start-error.ts';
import { tell } from '../../src/supervisor/terminal.ts';
import { readDeployment } from '../deployment.ts';
import { unwell } from '../effects.ts';
import { alone, readChoices, type NetworkSettings } from '../network-folder.ts';
import { allProcesses, chaincodeHealth, nodeHealth } from '../nodes.ts';
import { planNetwork, type NetworkPlan } from '../plan.ts';
import { Processes, type ProcessSpec } from '../processes.ts';
import type { Programs } from '../programs.ts';
import { Revival } from '../revival.ts';

const LOOK_MS = 1000;
/** Looks that must find a program ill before it is told; starting takes some seconds. */
const LOOKS_UNTIL_TOLD = 10;

/** Watches until the process is asked to end. */
export async function watch(settings: NetworkSettings, programs: Programs): Promise<void> {
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort());
  tell('Watching: what dies is started again. Ctrl-C ends the watch; the network goes on.');
  const revival = new Revival({
    processes: new Processes(settings.folder),
    specs: () => specsOf(settings, programs),
    tell: (sentence) => tell(`${new Date().toISOString()} ${sentence}`),
    now: Date.now,
  });
  const illness = new Illness();
  while (!ending.signal.aborted) {
    await look(settings, revival);
    illness.note(await illOf(settings));
    await delay(LOOK_MS, undefined, { signal: ending.signal }).catch(() => undefined);
  }
  tell('The watch has ended; the network goes on.');
}

/** Nothing is started while a command works on the network: it may be stopping what seems to have died. */
async function look({ folder }: NetworkSettings, revival: Revival): Promise<void> {
  if (!existsSync(join(folder, 'network.json')) || revival.due().length === 0) return;
  await alone(folder, () => {
    revival.revive();
    return Promise.resolve();
  }).catch((error: unknown) => {
    if (!(error instanceof StartError)) throw error;
  });
}

function planOf(settings: NetworkSettings): NetworkPlan | null {
  const choices = readChoices(settings);
  return choices === null ? null : planNetwork(choices, settings.folder);
}

function specsOf(settings: NetworkSettings, programs: Programs): Map<string, ProcessSpec> {
  const plan = planOf(settings);
  const deployment = plan === null ? null : readDeployment(plan);
  return plan === null || !deployment
    ? new Map<string, ProcessSpec>()
    : allProcesses(plan, deployment, programs);
}

/** @returns who runs and does not say that it is well; '' for nobody */
async function illOf(settings: NetworkSettings): Promise<string> {
  const plan = planOf(settings);
  const deployment = plan === null ? null : readDeployment(plan);
  if (plan === null || !deployment) return '';
  const processes = new Processes(settings.folder);
  const running = [...nodeHealth(plan), ...chaincodeHealth(plan, deployment)].filter(({ name }) =>
    processes.running(name),
  );
  return (await unwell(running)) ?? '';
}

/** Tells once who has been ill for some time, and once that all are well again. */
class Illness {
  #since = 0;
  #told = '';

  note(ill: string): void {
    this.#since = ill === '' ? 0 : this.#since + 1;
    if (this.#since > 0 && this.#since < LOOKS_UNTIL_TOLD) return;
    if (ill === this.#told) return;
    tell(`${new Date().toISOString()} ${ill === '' ? 'all are well again' : ill}.`);
    this.#told = ill;
  }
}
