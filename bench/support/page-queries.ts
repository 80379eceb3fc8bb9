/** Which index serves each query of a kind of page, on the data as they are: the pages are asked for once more, by an application beside the platform's. */
import { readFile } from 'node:fs/promises';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { mongo } from 'mongoose';
import { createClient, type RedisClientType } from 'redis';
import { z } from 'zod';
import { createApp } from '../../src/app.ts';
import { compose, type Platform } from '../../src/compose.ts';
import { loadConfig } from '../../src/config.ts';
import { Reader } from './reader.ts';

const run = z.object({ env: z.record(z.string(), z.string()) });
const secrets = z.record(z.string(), z.string());
const stats = z.object({
  totalKeysExamined: z.number(),
  totalDocsExamined: z.number(),
  nReturned: z.number(),
});
const explanation = z.object({
  queryPlanner: z.object({ winningPlan: z.unknown() }),
  executionStats: stats.optional(),
});

/** A query of a kind of page: its worst case among the people and addresses asked. */
export interface PageQuery {
  readonly page: string;
  readonly collection: string;
  /** Fields of filter and sort. */
  readonly asks: string;
  readonly index: string;
  readonly keysExamined: number;
  readonly documentsExamined: number;
  readonly returned: number;
}

/** A page that somebody asks for. */
export interface PageRequest {
  readonly person: string;
  readonly path: string;
}

interface Seen {
  readonly database: string;
  readonly command: mongo.Document;
}

/** Asks for pages and explains what each kind asked the document store. */
export async function explainPages(
  folder: string,
  password: string,
  kinds: ReadonlyMap<string, readonly PageRequest[]>,
): Promise<PageQuery[]> {
  const beside = await openBeside(folder);
  try {
    const seen: Seen[] = [];
    const client = beside.platform.connection.getClient();
    client.on('commandStarted', ({ commandName, command, databaseName }) => {
      if (commandName === 'find' || commandName === 'aggregate' || commandName === 'count')
        seen.push({ database: databaseName, command });
    });
    const readers = new Map<string, Reader>();
    const found: PageQuery[] = [];
    for (const [page, requests] of kinds) {
      for (const { person } of requests)
        if (!readers.has(person)) readers.set(person, await Reader.signIn(beside.address, person, password));
      seen.length = 0;
      for (const { person, path } of requests) await readers.get(person)?.get(path);
      found.push(...worstOf(await explained(client, page, seen.splice(0))));
    }
    return found;
  } finally {
    await beside.close();
  }
}

interface Beside {
  readonly platform: Platform;
  readonly address: string;
  readonly close: () => Promise<void>;
}

async function openBeside(folder: string): Promise<Beside> {
  const read = async (name: string): Promise<unknown> =>
    JSON.parse(await readFile(join(folder, name), 'utf8')) as unknown;
  const { env } = run.parse(await read('run.json'));
  const uri = new URL(env['MONGODB_URI'] ?? '');
  uri.searchParams.set('monitorCommands', 'true');
  const own = secrets.parse(await read('secrets.json'));
  const config = loadConfig({ ...env, ...own, MONGODB_URI: uri.href, DATA_DIR: folder, LOG_LEVEL: 'silent' });
  const platform = await compose(config, 'bench');
  const sessions: RedisClientType = createClient({ url: config.redisUrl });
  await sessions.connect();
  const server: Server = createApp(platform, sessions).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    sessions.destroy();
    await platform.close();
  };
  return { platform, address: `http://127.0.0.1:${port}`, close };
}

async function explained(
  client: mongo.MongoClient,
  page: string,
  seen: readonly Seen[],
): Promise<PageQuery[]> {
  const found: PageQuery[] = [];
  for (const { database, command } of seen) {
    const answer = await client
      .db(database)
      .command({ explain: stripped(command), verbosity: 'executionStats' });
    const { queryPlanner, executionStats } = explanation.parse(answer);
    const plan = JSON.stringify(queryPlanner.winningPlan);
    const indexes = [...plan.matchAll(/"indexName":"([^"]+)"/g)].map(([, name]) => name ?? '');
    const way = plan.includes('"COLLSCAN"') ? 'all documents' : [...new Set(indexes)].join(' or ');
    found.push({
      page,
      collection: String(command['find'] ?? command['aggregate'] ?? command['count']),
      asks: asked(command),
      index: plan.includes('"SORT"') ? `${way}, sorted in memory` : way,
      keysExamined: executionStats?.totalKeysExamined ?? 0,
      documentsExamined: executionStats?.totalDocsExamined ?? 0,
      returned: executionStats?.nReturned ?? 0,
    });
  }
  return found;
}

/** The command as it can be explained: without what belongs to its session. */
function stripped(command: mongo.Document): mongo.Document {
  const { lsid: _lsid, $db: _db, $clusterTime: _time, txnNumber: _txn, ...rest } = command;
  return rest;
}

function asked(command: mongo.Document): string {
  const [head] = (command['pipeline'] ?? []) as { $match?: unknown }[];
  const filter = command['filter'] ?? command['query'] ?? head?.$match ?? {};
  const sort = command['sort'] === undefined ? '' : ` sort ${fieldsOf(command['sort'])}`;
  return `${fieldsOf(filter)}${sort}`;
}

function fieldsOf(value: unknown): string {
  const entries = value instanceof Map ? [...value] : Object.entries(value as object);
  return entries
    .map(([key, one]) => (Array.isArray(one) ? `${key}(${one.map(fieldsOf).join(', ')})` : String(key)))
    .join(' ');
}

/** One row for what is asked in the same way, with the most that was read for it. */
function worstOf(all: readonly PageQuery[]): PageQuery[] {
  const worst = new Map<string, PageQuery>();
  for (const one of all) {
    const key = `${one.collection} ${one.asks} ${one.index}`;
    const known = worst.get(key);
    if (known === undefined || known.documentsExamined < one.documentsExamined) worst.set(key, one);
  }
  return [...worst.values()];
}
