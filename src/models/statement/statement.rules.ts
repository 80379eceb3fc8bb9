/** Who brings, confirms and sees statements (domain.md 1.5, rows 11 and 12). */
import type { Role } from '#kernel/records/common.ts';
import type { Person } from '../member/person.ts';
import type { StatementSource } from './statement.schema.ts';

/** Owners of accounts: they compare their own statements, and take nothing in, because a payer never speaks for the bank (R2). */
const owners: readonly Role[] = ['province-finance', 'local-finance', 'partnership', 'county-fund-company'];

/** As what a person may bring a statement; null when not at all. */
export function mayBring(
  person: Pick<Person, 'role' | 'posts'>,
): Exclude<StatementSource, 'bank-api'> | null {
  if (!person.posts.includes('handle')) return null;
  if (person.role === 'bank-investor') return 'bank';
  return owners.includes(person.role) ? 'owner' : null;
}

/** What speaks against a person's confirming a statement: a refusal code, or null. */
export function whyNotConfirm(
  person: Pick<Person, 'userId' | 'orgId' | 'role' | 'posts'>,
  statement: {
    readonly orgId: string;
    readonly source: StatementSource;
    readonly state: string;
    readonly uploadedBy: string;
  },
): 'ROLE_NOT_ALLOWED' | 'POST_MISSING' | 'SAME_PERSON' | 'WRONG_STATE' | null {
  if (person.role !== 'bank-investor' || statement.source !== 'bank' || statement.orgId !== person.orgId)
    return 'ROLE_NOT_ALLOWED';
  if (!person.posts.includes('check')) return 'POST_MISSING';
  if (statement.uploadedBy === person.userId) return 'SAME_PERSON';
  return statement.state === 'ready' ? null : 'WRONG_STATE';
}
