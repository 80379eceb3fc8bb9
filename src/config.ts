/** The configuration: the environment read once by its schema, with a sentence for each wrong value. */

import type { z } from 'zod';
import { configKeys } from './config.schema.ts';
import type { ConfigKey } from './config.schema.ts';

type Keys = typeof configKeys;
type Name = keyof Keys;

/** Everything that can be set, by name; units stand in the names. */
export type Config = { readonly [K in Name]: z.output<Keys[K]['schema']> };

/** Names that the start command provides to its children, and that need not be set by a person. */
const SUPPLIED = ['mongodbUri', 'redisUrl', 'ledgerSocket', 'sessionSecret', 'keyEncryptionKey'] as const;

/** The configuration before the start command has supplied servers and secrets. */
export type StartConfig = Omit<Config, (typeof SUPPLIED)[number]> &
  Partial<Pick<Config, (typeof SUPPLIED)[number]>>;

/** Variables as the operating system hands them over. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** One or more variables hold what they may not; the message has one sentence for each. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/**
 * Reads the whole configuration of a web, worker, ledger or command process.
 * @param env the environment, that of this process when left out; absent and empty variables are the same
 * @returns the values by name
 * @throws ConfigError naming each wrong or missing variable, what it holds and what it may hold
 */
export function loadConfig(env: Environment = process.env): Config {
  const { values, faults } = read(env);
  for (const name of SUPPLIED) {
    if (values[name] === undefined && !faults.some((fault) => fault.startsWith(configKeys[name].env))) {
      faults.push(`${configKeys[name].env} is not set; it may hold ${configKeys[name].holds}.`);
    }
  }
  if (faults.length > 0) throw new ConfigError(faults.join('\n'));
  return values as Config;
}

/**
 * Reads the configuration as a person gave it, for the start command that supplies servers and secrets itself.
 * @param env the environment, that of this process when left out; absent and empty variables are the same
 * @returns the values by name; servers and secrets only when given
 * @throws ConfigError as loadConfig
 */
export function loadStartConfig(env: Environment = process.env): StartConfig {
  const { values, faults } = read(env);
  if (faults.length > 0) throw new ConfigError(faults.join('\n'));
  return values as StartConfig;
}

/**
 * The reverse of reading, for handing a configuration to a child process.
 * @param config values by name; absent ones are left out
 * @returns variables of the environment
 */
export function environmentOf(config: Partial<Config>): Record<string, string> {
  const names = Object.keys(configKeys) as Name[];
  const given = names.filter((name) => config[name] !== undefined);
  return Object.fromEntries(given.map((name) => [configKeys[name].env, String(config[name])]));
}

/** @returns the environment to hand down to a child process: this process' own without what npm added to it */
export function inheritedEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env).filter(
    ([name, value]) => !/^npm_/i.test(name) && value !== undefined,
  );
  return Object.fromEntries(entries) as Record<string, string>;
}

/** Flows at the same time: on a network each waits some tenths of a second for its block. */
const MATCH_CONCURRENCY = { embedded: 16, fabric: 64 } as const;

interface Reading {
  readonly values: Partial<Record<Name, string | number>>;
  readonly faults: string[];
}

function read(env: Environment): Reading {
  const reading: Reading = { values: {}, faults: [] };
  for (const name of Object.keys(configKeys) as Name[]) readKey(env, name, reading);
  derive(reading);
  return reading;
}

function readKey(env: Environment, name: Name, { values, faults }: Reading): void {
  const key: ConfigKey<string | number> = configKeys[name];
  const given = env[key.env] === '' ? undefined : env[key.env];
  const raw = given ?? key.fallback;
  if (raw === undefined) return;
  const parsed = key.schema.safeParse(raw);
  if (parsed.success) values[name] = parsed.data;
  else faults.push(`${key.env} holds ${key.secret ? '(a secret)' : `"${raw}"`}; it may hold ${key.holds}.`);
}

function derive({ values, faults }: Reading): void {
  const port = typeof values.port === 'number' ? values.port : 0;
  values.bankPort ??= port === 0 ? 0 : port + 100;
  if (Number(values.bankPort) > 65535) {
    faults.push(
      `BANK_PORT would be PORT + 100 = ${values.bankPort}; it may hold ${configKeys.bankPort.holds}.`,
    );
  }
  if (port !== 0 && port === values.bankPort) {
    faults.push(`BANK_PORT holds "${port}", as PORT does; it may hold another port.`);
  }
  values.matchConcurrency ??= MATCH_CONCURRENCY[values.ledger === 'fabric' ? 'fabric' : 'embedded'];
  values.publicUrl ??= `http://localhost:${port}`;
}
