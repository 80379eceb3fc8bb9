/** Loads the demonstration: through the same contracts, certificates and signed pushes as real data. Goes on where it was cut off. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compose, type Platform } from '../compose.ts';
import { loadConfig } from '../config.ts';
import { label } from '../messages/index.ts';
import { administrators } from '../models/member/bootstrap.service.ts';
import { openWorld } from './demo/loader.ts';
import { accounts, organisations, people } from './demo/organisations.ts';
import {
  bankNoOf,
  demoPassword,
  loadAccounts,
  loadAdministrators,
  loadBanks,
  loadFunds,
  loadMembers,
} from './demo/people.ts';
import { playProject } from './demo/project-life.ts';
import { demoProjects, returnOne } from './demo/projects.ts';

/** Accounts of the guided walk, shown first on the sign-in page. */
const walk = [
  'cph-522634-1',
  'cph-522634-2',
  'lfb-5226-2',
  'plo-2',
  'plo-3',
  'pfd-1',
  'lfb-5226-1',
  'bank-qs-1',
  'lpf-1',
  'cpc-522634-1',
  'cpc-522634-2',
  'imp-522634-1',
  'aud-1',
];
/** Projects played at a time. */
const abreast = 4;

const config = loadConfig(process.env);
const platform = await compose(config, 'demo');
try {
  await load(platform);
} finally {
  await platform.close();
}

async function load(platform: Platform): Promise<void> {
  const world = openWorld(platform, `http://127.0.0.1:${config.bankPort}`);
  await writeAccounts();
  await loadAdministrators(platform, world);
  await loadMembers(platform, world);
  await loadAccounts(platform);
  await loadFunds(platform, world);
  await writeBankSetup(await loadBanks(platform, world));
  await platform.height.waitForHeight((await platform.ledger.info()).height, 20_000);
  const projects = demoProjects(world.today);
  const waiting = projects.values();
  const lane = async (): Promise<void> => {
    for (const project of waiting) await playProject(world, project);
  };
  await Promise.all(Array.from({ length: abreast }, lane));
  await returnOne(world, projects);
  platform.log.info({ projects: projects.length }, 'demonstration loaded');
}

async function writeAccounts(): Promise<void> {
  const nameOf = new Map(organisations.map((one) => [one.id, one.name]));
  const business = people
    .filter((one) => one.role !== 'bank-feed')
    .map((one) => {
      const posts = one.posts.map((post) => label(`post.${post}`)).join('、');
      return {
        username: one.userId,
        password: demoPassword,
        name: one.name,
        role: posts,
        organisation: nameOf.get(one.orgId) ?? '',
        walk: walk.includes(one.userId),
      };
    });
  const admins = administrators.map((one) => ({
    username: one.userId,
    password: demoPassword,
    name: one.name,
    role: label(`role.${one.role}`),
    organisation: '平台运维中心',
    walk: false,
  }));
  const sorted = business.toSorted((a, b) => walkPlace(a.username) - walkPlace(b.username));
  await writeWhole(join(config.dataDir, 'demo-accounts.json'), [...sorted, ...admins]);
}

function walkPlace(username: string): number {
  const at = walk.indexOf(username);
  return at === -1 ? walk.length : at;
}

async function writeBankSetup(banks: { bankId: string; name: string; hmacSecret: string }[]): Promise<void> {
  const kept = accounts.map(({ bankId, account, name, balanceFen }) => ({
    bankId,
    account,
    name,
    bankNo: bankNoOf(bankId),
    balanceFen,
  }));
  await mkdir(join(config.dataDir, 'sample-bank'), { recursive: true });
  await writeWhole(join(config.dataDir, 'sample-bank', 'setup.json'), {
    platformUrl: `http://127.0.0.1:${config.port}`,
    heartbeatSeconds: 60,
    banks,
    accounts: kept,
  });
}

/** A reader never sees half a file. */
async function writeWhole(path: string, content: unknown): Promise<void> {
  await writeFile(`${path}.new`, JSON.stringify(content, null, 2), { mode: 0o600 });
  await rename(`${path}.new`, path);
}
