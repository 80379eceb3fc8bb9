/** Users: registered by the system administrator, activated by the security administrator, disabled by either. */
import { administrators } from '#kernel/records/common.ts';
import type { z } from 'zod';
import { keyParts } from '#kernel/records/keys.ts';
import type { memberArgs, Organisation, User } from '#kernel/records/member.ts';
import { Refusal } from '../refusal.ts';
import { requireOtherPerson } from '../scope.ts';
import type { Tx } from '../tx.ts';

/** Registers a user of an organisation, not active yet. Role, provider and division follow from the organisation. */
export async function registerUser(tx: Tx, args: z.infer<typeof memberArgs.registerUser>): Promise<object> {
  const org = await tx.get('ORG', keyParts.ORG(args.orgId));
  if (org?.state !== 'ACTIVE' || !org.roles.includes(args.role)) {
    throw new Refusal('REFERENCE_INVALID', { orgId: args.orgId, role: args.role });
  }
  await tx.create('USER', keyParts.USER(args.id), {
    id: args.id,
    orgId: args.orgId,
    role: args.role,
    posts: args.posts,
    mspId: org.mspId,
    division: org.division,
    state: 'PENDING',
    registered: tx.act(),
    activated: null,
    disabled: null,
  });
  emit(tx, 'member.user-registered', args.orgId, args.id);
  return { userId: args.id, state: 'PENDING' };
}

/** Activates a registered user; another person than the one who registered. */
export async function activateUser(tx: Tx, args: z.infer<typeof memberArgs.activateUser>): Promise<object> {
  const user = await tx.must('USER', keyParts.USER(args.id));
  if (user.state !== 'PENDING') throw new Refusal('WRONG_STATE', { userId: user.id, state: user.state });
  requireOtherPerson(tx.caller, [user.registered]);
  tx.put('USER', keyParts.USER(user.id), { ...user, state: 'ACTIVE', activated: tx.act() });
  emit(tx, 'member.user-activated', user.orgId, user.id);
  return { userId: user.id, state: 'ACTIVE' };
}

/** Disables a user or an organisation at once and for good; nobody disables himself, and no administrator role is left empty. */
export async function disable(tx: Tx, args: z.infer<typeof memberArgs.disable>): Promise<object> {
  if (args.kind === 'user') await disableUser(tx, args.id);
  else await disableOrganisation(tx, args.id);
  return { id: args.id, state: 'DISABLED' };
}

async function disableUser(tx: Tx, id: string): Promise<void> {
  const user = await tx.must('USER', keyParts.USER(id));
  if (id === tx.caller.userId) throw new Refusal('SAME_PERSON', { userId: id });
  if (user.state === 'DISABLED') throw new Refusal('WRONG_STATE', { userId: id, state: user.state });
  await requireRoleStaysFilled(tx, user);
  tx.put('USER', keyParts.USER(id), { ...user, state: 'DISABLED', disabled: tx.act() });
  emit(tx, 'member.user-disabled', user.orgId, id);
}

async function disableOrganisation(tx: Tx, id: string): Promise<void> {
  const org: Organisation = await tx.must('ORG', keyParts.ORG(id));
  if (org.roles.some((role) => administrators.includes(role))) throw new Refusal('LAST_ADMIN', { orgId: id });
  if (org.state === 'DISABLED') throw new Refusal('WRONG_STATE', { orgId: id, state: org.state });
  tx.put('ORG', keyParts.ORG(id), { ...org, state: 'DISABLED' });
  tx.emit({
    type: 'member.organisation-disabled',
    subject: { orgId: id },
    orgIds: [id],
    division: org.division,
  });
}

async function requireRoleStaysFilled(tx: Tx, leaving: User): Promise<void> {
  if (!administrators.includes(leaving.role) || leaving.state !== 'ACTIVE') return;
  const users = await tx.range('USER', []);
  const others = users.filter(
    (user) => user.role === leaving.role && user.state === 'ACTIVE' && user.id !== leaving.id,
  );
  if (others.length === 0) throw new Refusal('LAST_ADMIN', { role: leaving.role });
}

function emit(tx: Tx, type: string, orgId: string, id: string): void {
  tx.emit({ type, subject: { orgId, id }, orgIds: [orgId] });
}
