/** Bank accounts of organisations: proposed by one person, confirmed by a second, closed with a reason. */
import type { z } from 'zod';
import { keyParts } from '#kernel/records/keys.ts';
import type { Account, memberArgs } from '#kernel/records/member.ts';
import { requirePost } from '../caller.ts';
import { Refusal } from '../refusal.ts';
import { requireOrganisation, requireOtherPerson } from '../scope.ts';
import type { Tx } from '../tx.ts';
import { requireOrganisationWith } from './organisations.ts';

/** Proposes an account: a person of the organisation with the post `handle`, or the system administrator. A closed one may be proposed anew. */
export async function registerAccount(
  tx: Tx,
  args: z.infer<typeof memberArgs.registerAccount>,
): Promise<object> {
  const { requestId: _requestId, ...content } = args;
  requireOwner(tx, content.orgId, 'sys-admin', 'handle');
  await requireOrganisationWith(tx, content.bankId, ['bank-investor', 'bank-feed']);
  const owner = await tx.must('ORG', keyParts.ORG(content.orgId), 'REFERENCE_INVALID');
  if (owner.state !== 'ACTIVE') throw new Refusal('REFERENCE_INVALID', { orgId: owner.id });
  const key = keyParts.ACCOUNT(content.bankId, content.account);
  const before = await tx.get('ACCOUNT', key);
  if (before !== null && before.state !== 'CLOSED') throw new Refusal('ALREADY_EXISTS', { type: 'ACCOUNT' });
  const record: Account = {
    ...content,
    state: 'PROPOSED',
    proposed: tx.act(),
    confirmed: null,
    closed: null,
  };
  tx.put('ACCOUNT', key, record);
  emit(tx, 'account.proposed', record);
  return { state: record.state };
}

/** Confirms a proposed account: another person of the organisation with the post `check`, or the security administrator. */
export async function confirmAccount(
  tx: Tx,
  args: z.infer<typeof memberArgs.confirmAccount>,
): Promise<object> {
  const key = keyParts.ACCOUNT(args.bankId, args.account);
  const account = await tx.must('ACCOUNT', key);
  requireOwner(tx, account.orgId, 'sec-admin', 'check');
  if (account.state !== 'PROPOSED') throw new Refusal('WRONG_STATE', { state: account.state });
  requireOtherPerson(tx.caller, [account.proposed]);
  const record: Account = { ...account, state: 'CONFIRMED', confirmed: tx.act() };
  tx.put('ACCOUNT', key, record);
  emit(tx, 'account.confirmed', record);
  return { state: record.state };
}

/** Closes an account for new plans; plans that hold it keep it. By the organisation's `check`, or the security administrator. */
export async function closeAccount(tx: Tx, args: z.infer<typeof memberArgs.closeAccount>): Promise<object> {
  const key = keyParts.ACCOUNT(args.bankId, args.account);
  const account = await tx.must('ACCOUNT', key);
  requireOwner(tx, account.orgId, 'sec-admin', 'check');
  if (account.state === 'CLOSED') throw new Refusal('WRONG_STATE', { state: account.state });
  const record: Account = { ...account, state: 'CLOSED', closed: tx.act() };
  tx.put('ACCOUNT', key, record);
  emit(tx, 'account.closed', record);
  return { state: record.state };
}

function requireOwner(
  tx: Tx,
  orgId: string,
  administrator: 'sys-admin' | 'sec-admin',
  post: 'handle' | 'check',
): void {
  if (tx.caller.role === administrator) return;
  requireOrganisation(tx.caller, orgId);
  requirePost(tx.caller, [post]);
}

/** The account number stays out of the event: ids only. */
function emit(tx: Tx, type: string, account: Account): void {
  tx.emit({ type, subject: { orgId: account.orgId, id: account.bankId }, orgIds: [account.orgId] });
}
