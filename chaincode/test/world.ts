/** A small world for contract tests: the operator, every business organisation of one county, users, accounts, a fund and its call. */
import type { Post, Role } from '#kernel/records/common.ts';
import type { TestChannel, TestIdentity } from './memory-ledger.ts';

/** Organisations of the world: id, roles, division, level. */
const organisations = [
  { id: 'plo', roles: ['leading-office'], division: '52', level: 'province' },
  { id: 'pfd', roles: ['province-finance'], division: '52', level: 'province' },
  { id: 'lpf', roles: ['partnership'], division: '52', level: 'province' },
  { id: 'aud', roles: ['auditor'], division: '52', level: 'province' },
  { id: 'bank-a', roles: ['bank-investor', 'bank-feed'], division: '52', level: 'province' },
  { id: 'bank-b', roles: ['bank-investor', 'bank-feed'], division: '52', level: 'province' },
  { id: 'city-fin', roles: ['local-finance'], division: '5226', level: 'city' },
  { id: 'cph', roles: ['county-command'], division: '522634', level: 'county' },
  { id: 'cpc', roles: ['county-fund-company'], division: '522634', level: 'county' },
  { id: 'imp', roles: ['implementing-unit'], division: '522634', level: 'county' },
  { id: 'cph2', roles: ['county-command'], division: '522633', level: 'county' },
  { id: 'imp2', roles: ['implementing-unit'], division: '522633', level: 'county' },
] as const;
export type OrgId = (typeof organisations)[number]['id'];

/** An identity of the operator's organisation. */
export function operator(role: 'sys-admin' | 'sec-admin' | 'log-admin' | 'platform'): TestIdentity {
  return { userId: role, role, orgId: 'operator', division: '52', posts: [] };
}

/** The person of an organisation who holds the posts; `no` 1 handles, 2 checks and decides, 3 decides. */
export function person(orgId: OrgId, no: 1 | 2 | 3 = 1, role?: Role): TestIdentity {
  const org = organisations.find((candidate) => candidate.id === orgId);
  if (org === undefined) throw new Error(orgId);
  const chosen = role ?? org.roles[0];
  const userId = chosen === 'bank-feed' ? `${orgId}.feed` : `${orgId}.${no}`;
  return {
    userId,
    role: chosen,
    orgId,
    division: org.division,
    posts: chosen === 'bank-feed' ? [] : postsOf(no),
  };
}

/** The one account of an organisation; banks hold theirs at themselves, all others at bank-a. */
export function accountOf(orgId: OrgId): {
  orgId: string;
  bankId: string;
  bankNo: string;
  account: string;
  name: string;
} {
  const at = organisations.findIndex((org) => org.id === orgId);
  const bankId = orgId === 'bank-b' ? 'bank-b' : 'bank-a';
  return {
    orgId,
    bankId,
    bankNo: '102100099996',
    account: `5200${String(at).padStart(8, '0')}`,
    name: `单位${orgId}`,
  };
}

/** The fund of the world: 10 % fiscal as 4 : 6, two banks sharing 90 % equally. */
export const fundOfWorld = {
  id: 'fund-1',
  name: '示范基金',
  fiscalShareBp: 1000,
  provinceWeight: 4,
  localWeight: 6,
  localLevel: 'city' as const,
  banks: [
    { orgId: 'bank-a', weight: 1 },
    { orgId: 'bank-b', weight: 1 },
  ],
  provinceOrgId: 'pfd',
  vehicleOrgId: 'lpf',
};

/** Registers everybody through the `member` contract. The issuer's public key may be given. */
export async function populate(ledger: TestChannel, issuerPublicKey: string | null = null): Promise<void> {
  await bootstrap(ledger);
  for (const org of organisations) {
    const key = org.id === 'plo' ? issuerPublicKey : null;
    const content = { ...org, name: `单位${org.id}`, uscc: null, issuerPublicKey: key };
    await ledger.submit('member:registerOrganisation', content, operator('sys-admin'));
    await registerPeople(ledger, org.id);
  }
  for (const org of organisations) await openAccount(ledger, org.id);
}

/** The channel's first transaction. */
export async function bootstrap(ledger: TestChannel): Promise<void> {
  const users = { sysAdmin: 'sys-admin', secAdmin: 'sec-admin', logAdmin: 'log-admin', platform: 'platform' };
  const organisation = { id: 'operator', name: '平台运营单位', division: '52', uscc: null };
  await ledger.submit('member:bootstrap', { organisation, users }, operator('sys-admin'));
}

/** Opens the world's fund, call and calendar through the `fund` contract. */
export async function openFund(ledger: TestChannel): Promise<void> {
  const call = {
    id: 'call-1',
    fundId: 'fund-1',
    title: '第一批',
    opensOn: '2026-01-01',
    closesOn: '2026-12-31',
  };
  await ledger.submit('fund:create', fundOfWorld, person('plo', 1));
  await ledger.submit('fund:confirm', { id: 'fund-1' }, person('pfd', 2));
  await ledger.submit('fund:openCall', { ...call, limitFen: '100000000000' }, person('plo', 1));
  await ledger.submit('fund:confirmCall', { fundId: 'fund-1', id: 'call-1' }, person('pfd', 2));
}

async function registerPeople(ledger: TestChannel, orgId: OrgId): Promise<void> {
  const people = [person(orgId, 1), person(orgId, 2), person(orgId, 3)];
  if (orgId.startsWith('bank')) people.push(person(orgId, 1, 'bank-feed'));
  for (const { userId, role, posts } of people) {
    await ledger.submit('member:registerUser', { id: userId, orgId, role, posts }, operator('sys-admin'));
    await ledger.submit('member:activateUser', { id: userId }, operator('sec-admin'));
  }
}

async function openAccount(ledger: TestChannel, orgId: OrgId): Promise<void> {
  const content = { ...accountOf(orgId), purpose: 'fund' };
  const { bankId, account } = content;
  await ledger.submit('member:registerAccount', content, operator('sys-admin'));
  await ledger.submit('member:confirmAccount', { bankId, account }, operator('sec-admin'));
}

function postsOf(no: 1 | 2 | 3): Post[] {
  const posts: Record<1 | 2 | 3, Post[]> = { 1: ['handle', 'check'], 2: ['check', 'decide'], 3: ['decide'] };
  return posts[no];
}
