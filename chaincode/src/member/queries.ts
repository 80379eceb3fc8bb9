/** What callers may read about organisations, users and accounts. */
import type { z } from 'zod';
import { covers } from '#kernel/division.ts';
import { administrators, type Role } from '#kernel/records/common.ts';
import { keyParts } from '#kernel/records/keys.ts';
import type { memberQueryArgs } from '#kernel/records/member.ts';
import { Refusal } from '../refusal.ts';
import type { Tx } from '../tx.ts';

type Query = z.infer<typeof memberQueryArgs.query>;
/** Who may read accounts of other organisations: those who make or judge plans, those who administer, the machine. */
const accountReaders: readonly Role[] = [
  ...administrators,
  'leading-office',
  'province-finance',
  'auditor',
  'platform',
];

/** Organisations are open to every member; users and accounts to their own organisation and to those who administer or audit. */
export async function query(tx: Tx, args: Query): Promise<unknown> {
  switch (args.kind) {
    case 'me':
      return tx.caller;
    case 'organisation':
      return tx.must('ORG', keyParts.ORG(args.id));
    case 'organisations':
      return tx.range('ORG', []);
    default:
      return restricted(tx, args);
  }
}

type Restricted = Extract<Query, { kind: 'user' | 'users' | 'account' | 'accounts' }>;

async function restricted(tx: Tx, args: Restricted): Promise<unknown> {
  if (args.kind === 'user') {
    const user = await tx.must('USER', keyParts.USER(args.id));
    await requireSight(tx, user.orgId, [...administrators, 'auditor', 'platform']);
    return user;
  }
  if (args.kind === 'account') {
    const account = await tx.must('ACCOUNT', keyParts.ACCOUNT(args.bankId, args.account));
    await requireSight(tx, account.orgId, accountReaders);
    return account;
  }
  if (args.kind === 'users') {
    await requireSight(tx, args.orgId, [...administrators, 'auditor', 'platform']);
    return (await tx.range('USER', [])).filter((user) => user.orgId === args.orgId);
  }
  await requireSight(tx, args.orgId, accountReaders);
  return (await tx.range('ACCOUNT', [])).filter((account) => account.orgId === args.orgId);
}

async function requireSight(tx: Tx, orgId: string, roles: readonly Role[]): Promise<void> {
  if (tx.caller.orgId === orgId) return;
  const org = await tx.must('ORG', keyParts.ORG(orgId));
  const inScope = roles.includes(tx.caller.role) && covers(tx.caller.division, org.division);
  if (!inScope) throw new Refusal('OUT_OF_SCOPE', { orgId });
}
