/** Two banks with four accounts, a receiver for their pushes, and the means to talk to them. */

import { randomBytes } from 'node:crypto';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { publicKeysOf } from '../src/push/sign.ts';
import { runBank } from '../src/sample-bank.ts';
import type { RunningBank } from '../src/sample-bank.ts';
import { Receiver } from './receiver.ts';

/** Accounts by short name. */
export const accounts = {
  finance: '520000000001',
  fund: '520000000002',
  county: '520000000003',
  builder: '520000000004',
};

/** What a bank answers. */
export type Json = Record<string, unknown> & { error?: string };

/** The banks while they run. */
export interface Town {
  readonly receiver: Receiver;
  readonly folder: string;
  readonly url: () => string;
  get(path: string): Promise<{ status: number; body: Json & Json[] }>;
  post(path: string, body?: unknown): Promise<{ status: number; body: Json }>;
  form(path: string, fields: Record<string, string>, headers?: Record<string, string>): Promise<Response>;
  writeSetup(change?: (setup: Setup) => Setup): void;
  restart(): Promise<void>;
  balances(): Promise<Record<string, string>>;
}

/** The part of setup.json that tests change. */
export interface Setup {
  platformUrl: string;
  heartbeatSeconds?: number;
  banks: { bankId: string; name: string; hmacSecret?: string; ed25519PrivateKey?: string }[];
  accounts: { bankId: string; account: string; name: string; bankNo: string; balanceFen: string }[];
}

/** Opens the banks with their setup written; everything ends with the test. */
export async function openTown(t: TestContext, options: { now?: () => Date } = {}): Promise<Town> {
  const folder = mkdtempSync('/tmp/bank-');
  const hmac = `whsec_${randomBytes(32).toString('base64')}`;
  const seed = randomBytes(32).toString('base64');
  const bankB = { bankId: 'bank-b', name: '乙银行', ed25519PrivateKey: seed };
  const receiver = new Receiver({ 'bank-a': { hmac }, 'bank-b': publicKeysOf(bankB) });
  const platformUrl = await receiver.listen();
  const setup = {
    platformUrl,
    banks: [{ bankId: 'bank-a', name: '甲银行', hmacSecret: hmac }, bankB],
    accounts: opening(),
  };
  const writeSetup = (change = (one: Setup): Setup => one): void => {
    writeFileSync(join(folder, 'setup.new'), JSON.stringify(change(structuredClone(setup))));
    renameSync(join(folder, 'setup.new'), join(folder, 'setup.json'));
  };
  writeSetup();
  const start = (): Promise<RunningBank> => runBank({ dataFolder: folder, port: 0, ...options });
  let bank = await start();
  t.after(async () => {
    await bank.close();
    await receiver.close();
    rmSync(folder, { recursive: true });
  });
  const url = (): string => `http://127.0.0.1:${bank.port}`;
  const read = async (response: Response): Promise<{ status: number; body: Json & Json[] }> => ({
    status: response.status,
    body: (await response.json()) as Json & Json[],
  });
  const get: Town['get'] = async (path) => read(await fetch(`${url()}/api/${path}`));
  return {
    receiver,
    folder,
    url,
    get,
    writeSetup,
    post: async (path, body = {}) =>
      read(await fetch(`${url()}/api/${path}`, { method: 'POST', body: JSON.stringify(body) })),
    form: (path, fields, headers = {}) =>
      fetch(`${url()}${path}`, {
        method: 'POST',
        body: new URLSearchParams(fields),
        headers,
        redirect: 'manual',
      }),
    restart: async () => {
      await bank.close();
      bank = await start();
    },
    balances: async () =>
      Object.fromEntries(
        (await get('accounts')).body.map((one) => [String(one['account']), String(one['balanceFen'])]),
      ),
  };
}

function opening(): Setup['accounts'] {
  const open = (
    bankId: string,
    account: string,
    name: string,
    balanceFen: string,
  ): Setup['accounts'][number] => ({
    ...{ bankId, account, name, balanceFen },
    bankNo: bankId === 'bank-a' ? '102701000013' : '103701000013',
  });
  return [
    open('bank-a', accounts.finance, '省财政厅', '100000000'),
    open('bank-b', accounts.fund, '基金合伙企业', '0'),
    open('bank-b', accounts.county, '县基金公司', '5000'),
    open('bank-a', accounts.builder, '施工单位', '0'),
  ];
}
