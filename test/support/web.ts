/** The whole platform in one process for a test file: real contracts on an in-process ledger, real document store, real Redis, real pages. */
import { createHmac, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createClient, type RedisClientType } from 'redis';
import supertest from 'supertest';
import type { Express } from 'express';
import type { mongo } from 'mongoose';
import { contracts } from '../../chaincode/src/index.ts';
import type { Draft } from '#kernel/records/draft.ts';
import { createApp } from '../../src/app.ts';
import { openEmbeddedLedger } from '../../src/blockchain/embedded/embedded-ledger.ts';
import { readMspRoots } from '../../src/blockchain/embedded/membership.ts';
import { openAuthorities } from '../../src/blockchain/identity/authority-folder.ts';
import {
  demoPassword,
  loadAccounts,
  loadAdministrators,
  loadBanks,
  loadFunds,
  loadMembers,
} from '../../src/commands/demo/people.ts';
import { openWorld } from '../../src/commands/demo/loader.ts';
import { demoProjects } from '../../src/commands/demo/projects.ts';
import { playProject, type DemoProject, type Stage } from '../../src/commands/demo/project-life.ts';
import { legOf, type DemoWorld } from '../../src/commands/demo/world.ts';
import { compose, type ComposeParts, type Platform } from '../../src/compose.ts';
import { loadConfig } from '../../src/config.ts';
import { startJobs } from '../../src/jobs/index.ts';
import { paths } from '../../src/paths.ts';
import { startDocumentStore } from './document-store.ts';
import { browser, type Browser } from './form-browser.ts';
import { startRedis, type TestRedis } from './redis.ts';

/** What a test file works with. */
export interface TestWeb {
  readonly app: Express;
  readonly platform: Platform;
  readonly world: DemoWorld;
  readonly redis: TestRedis;
  /** Signs in as a demonstration user, for example `cph-522634-1`. */
  as(userId: string): Promise<Browser>;
  anonymous(): Browser;
  /** A project of the guided walk's county taken to a stage. */
  project(stage: Stage, change?: Partial<DemoProject>): Promise<DemoProject & { draftId: string | null }>;
  /** Pushes entries as the bank would, signed. */
  push(bankId: string, entries: readonly object[], id?: string): Promise<supertest.Response>;
  /** Waits until the read model shows the whole ledger and the inbox is empty. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** The counties that exist in tests: the guided walk's, and another one for scope. */
export const testCounties = ['522634', '520526'] as const;

/** Told of each command that the platform sends to the document store. */
export type CommandWatch = (command: mongo.CommandStartedEvent) => void;

/** Starts everything; allow some seconds. */
export async function openTestWeb(
  environment: Record<string, string> = {},
  watch?: CommandWatch,
): Promise<TestWeb> {
  const folder = await mkdtemp('/tmp/fw-');
  const [store, redis] = await Promise.all([startDocumentStore(), startRedis()]);
  const config = loadConfig({
    DATA_DIR: folder,
    MONGODB_URI: watch === undefined ? store.uri : watchedAddress(store.uri),
    REDIS_URL: redis.url,
    LEDGER_SOCKET: join(folder, 'none.sock'),
    SESSION_SECRET: 's'.repeat(64),
    KEY_ENCRYPTION_KEY: '0f'.repeat(32),
    INSTALLATION: 'demo',
    LOG_LEVEL: 'silent',
    PORT: '0',
    ...environment,
  });
  const platform = await compose(config, 'test', config.ledger === 'embedded' ? await ledgerIn(folder) : {});
  if (watch !== undefined) platform.connection.getClient().on('commandStarted', watch);
  const sessionClient: RedisClientType = createClient({
    socket: { path: redis.url.replace('unix://', ''), tls: false },
  });
  sessionClient.on('error', () => undefined);
  await sessionClient.connect();
  const jobs = await startJobs(platform);
  const app = createApp(platform, sessionClient);
  const secrets = new Map<string, string>();
  const pusher = {
    push: (bankId: string, entries: readonly object[], id = randomUUID()) =>
      push(app, { bankId, secret: secrets.get(bankId) ?? '', id }, entries),
  };
  const world = testWorld(platform, pusher.push);
  await loadTestData(platform, world, secrets);
  let made = 0;
  const web: TestWeb = {
    app,
    platform,
    world,
    redis,
    push: pusher.push,
    anonymous: () => browser(supertest.agent(app)),
    as: async (userId) => signIn(app, userId),
    project: async (stage, change = {}) => {
      made += 1;
      const [base] = demoProjects(world.today);
      if (base === undefined) throw new Error('no demonstration project');
      const { afterwards: _, ...rest } = base;
      const project: DemoProject = {
        ...rest,
        id: `XM-522634-2026-9${String(made).padStart(3, '0')}`,
        until: stage,
        ...change,
      };
      await playProject(world, project);
      await web.settled();
      const found = await platform.models.project.findById(project.id).lean();
      return { ...project, draftId: found?.draftId ?? null };
    },
    settled: () => settled(platform),
    close: async () => {
      await jobs.close();
      sessionClient.destroy();
      await platform.close();
      await Promise.all([store.stop(), redis.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
  return web;
}

/** A ledger in this process; a network is reached through what the environment says. */
async function ledgerIn(folder: string): Promise<ComposeParts> {
  await openAuthorities(join(folder, 'ledger'));
  const mspRoots = await readMspRoots(join(folder, 'ledger', 'msp'));
  const place = { folder: join(folder, 'ledger', 'fupin'), channel: 'fupin' };
  return { ledger: await openEmbeddedLedger({ ...place, contracts, mspRoots }) };
}

/** The driver tells of its commands only when its address asks for it. */
function watchedAddress(uri: string): string {
  const url = new URL(uri);
  url.searchParams.set('monitorCommands', 'true');
  return url.href;
}

async function loadTestData(
  platform: Platform,
  world: DemoWorld,
  secrets: Map<string, string>,
): Promise<void> {
  const prefectures = testCounties.map((code) => code.slice(0, 4));
  const within = ({ division }: { readonly division: string }): boolean =>
    division === '52' || [...testCounties, ...prefectures].some((code) => code === division);
  await loadAdministrators(platform, world);
  await loadMembers(platform, world, within);
  await loadAccounts(platform, within);
  await loadFunds(platform, world);
  for (const bank of await loadBanks(platform, world)) secrets.set(bank.bankId, bank.hmacSecret);
  await settled(platform);
}

/** The loader's world with a bank that pushes straight into the application. */
function testWorld(platform: Platform, pushTo: TestWeb['push']): DemoWorld {
  const world = openWorld(platform, 'http://127.0.0.1:1');
  let serial = 0;
  return {
    ...world,
    transfer: async (request) => {
      serial += 1;
      const made = {
        serialNo: `T${world.today.replaceAll('-', '')}${String(serial).padStart(6, '0')}`,
        bankId: '',
        bookingDate: request.bookingDate ?? world.today,
      };
      const owner = await platform.models.bankAccount.findOne({ account: request.payerAccount }).lean();
      const bankId = owner?.bankId ?? '';
      await pushTo(bankId, [entryOf({ ...made, ...request })]);
      return { ...made, bankId };
    },
  };
}

/** A booked debit entry as a bank sends it. */
export function entryOf(
  flow: {
    serialNo: string;
    bookingDate: string;
    payerAccount: string;
    payeeAccount: string;
    amountFen: string;
    reference?: string;
  },
  change: object = {},
): object {
  const { serialNo, bookingDate, amountFen, payerAccount, payeeAccount, reference = '' } = flow;
  const party = (account: string): object => ({ account, name: '', bankNo: '' });
  return {
    serialNo,
    bookingDate,
    txTime: `${bookingDate}T10:00:00+08:00`,
    direction: 'DBIT',
    status: 'BOOK',
    amountFen,
    currency: 'CNY',
    payer: party(payerAccount),
    payee: party(payeeAccount),
    reference,
    ...change,
  };
}

/** The debit entry that fits a leg. */
export function entryOfLeg(
  draft: Draft,
  legId: string,
  flow: { serialNo: string; bookingDate: string },
  change: object = {},
): object {
  const leg = legOf(draft, legId);
  return entryOf(
    { ...flow, payerAccount: leg.payer.account, payeeAccount: leg.payee.account, amountFen: leg.amountFen },
    change,
  );
}

async function push(
  app: Express,
  { bankId, secret, id }: { bankId: string; secret: string; id: string },
  entries: readonly object[],
): Promise<supertest.Response> {
  const body = JSON.stringify({ batchNo: 'test', entries });
  const timestamp = String(Math.floor(Date.now() / 1000));
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const signature = `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  const headers = {
    'bank-id': bankId,
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signature,
    'content-type': 'application/json',
  };
  return supertest(app).post('/api/v1/bank/flows').set(headers).send(body);
}

async function settled(platform: Platform): Promise<void> {
  for (let tries = 0; tries < 2_000; tries += 1) {
    const open = await platform.connection.collection('inbox_flows').countDocuments({ state: 'open' });
    const { height } = await platform.ledger.info();
    if (open === 0 && (await platform.height.current()) >= height) return;
    await delay(25);
  }
  throw new Error('the platform did not come to rest');
}

async function signIn(app: Express, userId: string): Promise<Browser> {
  const opened = browser(supertest.agent(app));
  const response = await opened.post(paths.signIn, { username: userId, password: demoPassword });
  if (response.status !== 303) throw new Error(`${userId} could not sign in: ${response.status}`);
  return opened;
}
