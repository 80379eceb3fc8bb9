/** The network's folder: its choices, kept from the first `fabric:up`, and the lock that lets one command work at a time. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadStartConfig } from '../src/config.ts';
import { openDataFolder, readJson, writeWhole } from '../src/supervisor/data-folder.ts';
import { StartError } from '../src/supervisor/start-error.ts';
import { hasMaterial } from './material.ts';
import {
  networkChoices,
  organisationsOf,
  planNetwork,
  thisMachine,
  type NetworkChoices,
  type NetworkPlan,
} from './plan.ts';

/** What a person may ask for on the command line; absent = as it was, or the default. */
export interface AskedChoices {
  readonly orgs?: number;
  readonly orderers?: number;
  readonly consensus?: 'raft' | 'bft';
  /** Names or addresses by organisation or orderer. */
  readonly hosts?: Readonly<Record<string, string>>;
}

/** Where the network lies and what it was configured with. */
export interface NetworkSettings {
  /** Absolute path, `DATA_DIR/fabric`. */
  readonly folder: string;
  readonly channel: string;
  readonly basePort: number;
  /** Folder of the Fabric programs, '' = PATH alone. */
  readonly programs: string;
}

/** Reads the settings from the environment. @throws ConfigError for a wrong value */
export function readSettings(): NetworkSettings {
  const config = loadStartConfig();
  const repository = resolve(import.meta.dirname, '..');
  return {
    folder: join(resolve(repository, config.dataDir), 'fabric'),
    channel: config.channel,
    basePort: config.fabricPort,
    programs: config.fabricBin,
  };
}

/**
 * @returns the plan of the network that is there
 * @throws StartError when there is none, or only a part of one
 */
export function existingPlan(settings: NetworkSettings): NetworkPlan {
  const choices = readChoices(settings);
  if (!choices) throw new StartError(`No network lies in ${settings.folder}: "npm run fabric:up" makes one.`);
  const plan = planNetwork(choices, settings.folder);
  if (!hasMaterial(plan))
    throw new StartError(
      `The network in ${settings.folder} is not complete: "npm run fabric:up" goes on where it stopped.`,
    );
  return plan;
}

/** @throws StartError when the folder holds no network, not even a damaged one */
export function assertNetwork(folder: string): void {
  if (!existsSync(join(folder, 'network.json')))
    throw new StartError(`No network lies in ${folder}: "npm run fabric:up" makes one.`);
}

/**
 * @returns the network's choices; made from what is asked for when there is none yet
 * @throws StartError when something else is asked for than what is there
 */
export function keepChoices(settings: NetworkSettings, asked: AskedChoices): NetworkChoices {
  const found = readChoices(settings);
  if (!found) {
    const made = newChoices(settings, asked);
    writeChoices(settings.folder, made);
    return made;
  }
  const differs = differences(found, asked);
  if (differs.length > 0) {
    throw new StartError(
      `The network in ${settings.folder} has ${differs.join(' and ')}; "npm run fabric:org" admits an organisation, "npm run fabric:reset" deletes the network.`,
    );
  }
  return found;
}

/** Writes the choices; a reader sees the old ones or the new ones. */
export function writeChoices(folder: string, choices: NetworkChoices): void {
  writeWhole(join(folder, 'network.json'), JSON.stringify(choices, null, 2));
}

/** Reads the choices. @returns null when there is no network @throws StartError when the file is damaged */
export function readChoices({ folder }: Pick<NetworkSettings, 'folder'>): NetworkChoices | null {
  const file = join(folder, 'network.json');
  const choices = readJson(file, networkChoices);
  if (!choices && existsSync(file))
    throw new StartError(`${file} is damaged; bring it back from a backup, or "npm run fabric:reset".`);
  return choices ?? null;
}

/** Runs a command alone on the folder. @throws StartError while another one works on it */
export async function alone<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const lock = openDataFolder(folder);
  try {
    return await work();
  } finally {
    lock.close();
  }
}

/** @throws StartError for a network that cannot be */
export function newChoices(
  settings: Pick<NetworkSettings, 'channel' | 'basePort'>,
  asked: AskedChoices,
): NetworkChoices {
  const consensus = asked.consensus ?? 'raft';
  const orderers = asked.orderers ?? (consensus === 'bft' ? 4 : 1);
  const orgs = asked.orgs ?? 3;
  const fault = shapeFault({ consensus, orderers, orgs });
  if (fault) throw new StartError(fault);
  const { channel, basePort } = settings;
  const organisations = organisationsOf(orgs);
  const { hosts } = asked;
  const nodes = ['orderer', ...organisations.map(({ name }) => name)];
  const stranger = Object.keys(hosts ?? {}).find(
    (name) => !nodes.includes(name.replace(/^orderer\d$/, 'orderer')),
  );
  if (stranger !== undefined)
    throw new StartError(`--hosts names "${stranger}"; it may name ${nodes.join(', ')}.`);
  const choices = { channel, basePort, consensus, orderers, organisations, ...(hosts ? { hosts } : {}) };
  const parsed = networkChoices.safeParse(choices);
  if (!parsed.success) throw new StartError('--hosts takes names of machines or IPv4 addresses.');
  return parsed.data;
}

function shapeFault(shape: { consensus: string; orderers: number; orgs: number }): string | null {
  const { consensus, orderers, orgs } = shape;
  if (!Number.isInteger(orgs) || orgs < 3 || orgs > 20)
    return `--orgs is ${orgs}; it may be 3 to 20: the contracts' roles belong to province, county and bank.`;
  if (!Number.isInteger(orderers) || orderers < 1 || orderers > 9)
    return `--orderers is ${orderers}; it may be 1 to 9.`;
  if (consensus === 'bft' && orderers < 4)
    return `--consensus bft tolerates a faulty orderer from four on; --orderers is ${orderers}.`;
  return null;
}

function otherHost(found: NetworkChoices, hosts: AskedChoices['hosts'] = {}): string {
  const other = Object.entries(hosts).find(([name, host]) => found.hosts?.[name] !== host);
  if (other === undefined) return '';
  const [name, host] = other;
  return `${name} at ${found.hosts?.[name] ?? thisMachine}, not ${host}`;
}

function differences(found: NetworkChoices, { orgs, orderers, consensus, hosts }: AskedChoices): string[] {
  return [
    otherHost(found, hosts),
    orgs !== undefined && orgs !== found.organisations.length
      ? `${found.organisations.length} organisations, not ${orgs}`
      : '',
    orderers !== undefined && orderers !== found.orderers
      ? `${found.orderers} orderers, not ${orderers}`
      : '',
    consensus !== undefined && consensus !== found.consensus ? `${found.consensus}, not ${consensus}` : '',
  ].filter((text) => text !== '');
}
