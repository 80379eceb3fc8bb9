/** Organisations: the operator's at the channel's first transaction, every other by the system administrator. */
import type { z } from 'zod';
import { administrators, mspOfRole } from '#kernel/records/common.ts';
import type { Role } from '#kernel/records/common.ts';
import { keyParts } from '#kernel/records/keys.ts';
import type { memberArgs, Organisation } from '#kernel/records/member.ts';
import { Refusal } from '../refusal.ts';
import type { Tx } from '../tx.ts';

const operatorRoles: readonly Role[] = [...administrators, 'platform'];
const divisionDigits: Record<Organisation['level'], readonly number[]> = {
  province: [2],
  city: [4],
  county: [6, 9],
};

/** Registers the operator, the three administrators and the machine user, all active; the caller is the system administrator. */
export async function bootstrap(tx: Tx, args: z.infer<typeof memberArgs.bootstrap>): Promise<object> {
  if ((await tx.range('ORG', [])).length > 0) throw new Refusal('ALREADY_BOOTSTRAPPED');
  const { organisation, users } = args;
  const { caller } = tx;
  const own = caller.orgId === organisation.id && caller.division === organisation.division;
  if (!own || caller.userId !== users.sysAdmin) throw new Refusal('NOT_A_MEMBER', { userId: caller.userId });
  const ids = [users.sysAdmin, users.secAdmin, users.logAdmin, users.platform];
  if (new Set(ids).size !== ids.length) throw new Refusal('SAME_PERSON', { users: ids });
  const level = levelOf(organisation.division);
  putOrganisation(tx, { ...organisation, level, issuerPublicKey: null, roles: [...operatorRoles] });
  operatorRoles.forEach((role, at) => {
    const id = ids[at] ?? '';
    tx.put('USER', keyParts.USER(id), {
      ...{ id, orgId: organisation.id, role, posts: [], mspId: mspOfRole[role] },
      ...{ division: organisation.division, state: 'ACTIVE' },
      ...{ registered: tx.act(), activated: tx.act(), disabled: null },
    });
    tx.emit({ type: 'member.user-activated', subject: { orgId: organisation.id, id } });
  });
  return { orgId: organisation.id };
}

/** Registers an organisation, active at once. Its roles must belong to one membership provider and are no administrator's. */
export async function registerOrganisation(
  tx: Tx,
  args: z.infer<typeof memberArgs.registerOrganisation>,
): Promise<object> {
  const { requestId: _requestId, ...content } = args;
  if (content.roles.some((role) => operatorRoles.includes(role))) {
    throw new Refusal('ROLE_NOT_ALLOWED', { roles: content.roles });
  }
  if (!divisionDigits[content.level].includes(content.division.length)) {
    throw new Refusal('INVALID_ARGUMENT', { reason: 'level and division disagree' });
  }
  if ((await tx.get('ORG', keyParts.ORG(content.id))) !== null) {
    throw new Refusal('ALREADY_EXISTS', { orgId: content.id });
  }
  putOrganisation(tx, content);
  return { orgId: content.id };
}

/** @throws Refusal REFERENCE_INVALID unless the organisation is there, active and has one of the roles */
export async function requireOrganisationWith(
  tx: Tx,
  orgId: string,
  roles: readonly Role[],
): Promise<Organisation> {
  const found = await tx.get('ORG', keyParts.ORG(orgId));
  if (found?.state !== 'ACTIVE' || !found.roles.some((held) => roles.includes(held))) {
    throw new Refusal('REFERENCE_INVALID', { orgId, roles });
  }
  return found;
}

function putOrganisation(tx: Tx, content: Omit<Organisation, 'mspId' | 'state' | 'registered'>): void {
  const providers = [...new Set(content.roles.map((role) => mspOfRole[role]))];
  const [mspId] = providers;
  if (mspId === undefined || providers.length > 1)
    throw new Refusal('MSP_MISMATCH', { roles: content.roles });
  const record: Organisation = { ...content, mspId, state: 'ACTIVE', registered: tx.act() };
  tx.put('ORG', keyParts.ORG(content.id), record);
  tx.emit({
    type: 'member.organisation-registered',
    subject: { orgId: content.id },
    orgIds: [content.id],
    division: content.division,
  });
}

function levelOf(division: string): Organisation['level'] {
  if (division.length === 2) return 'province';
  return division.length === 4 ? 'city' : 'county';
}
