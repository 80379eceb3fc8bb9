/** From ORG, USER and ACCOUNT writes to the documents of organisations, users and bank accounts. */
import type { Account, Organisation, User } from '#kernel/records/member.ts';
import { derivedFields, distinct } from '../read-model/derived.ts';
import type { Stamp } from '../read-model/derived.ts';
import type { ProjectionFacts } from '../read-model/facts.ts';
import type { BankAccountDoc, OrganisationDoc, UserDoc } from './member.schema.ts';

/** An organisation as it stands after a write. */
export function projectOrganisation(id: string, record: Organisation, stamp: Stamp): OrganisationDoc {
  return {
    ...derivedFields(id, stamp, record.registered.at),
    division: record.division,
    parties: [record.id],
    name: record.name,
    roles: record.roles,
    mspId: record.mspId,
    level: record.level,
    state: record.state,
    record,
  };
}

/** A user as it stands after a write. */
export function projectUser(id: string, record: User, stamp: Stamp): UserDoc {
  return {
    ...derivedFields(id, stamp, record.registered.at),
    division: record.division,
    parties: [record.orgId],
    orgId: record.orgId,
    role: record.role,
    posts: record.posts,
    mspId: record.mspId,
    state: record.state,
    record,
  };
}

/** A bank account as it stands after a write; its division is its owner's. */
export function projectAccount(
  id: string,
  record: Account,
  stamp: Stamp,
  facts: ProjectionFacts,
): BankAccountDoc {
  return {
    ...derivedFields(id, stamp, record.proposed.at),
    division: facts.divisionOf(record.orgId) ?? '',
    parties: distinct([record.orgId, record.bankId]),
    bankId: record.bankId,
    account: record.account,
    bankNo: record.bankNo,
    name: record.name,
    orgId: record.orgId,
    purpose: record.purpose,
    state: record.state,
    record,
  };
}
