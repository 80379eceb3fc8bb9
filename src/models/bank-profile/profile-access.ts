/** Who may see the profile of which bank: the offices that watch, and a bank's own people their own. */
import type { Role } from '#kernel/records/common.ts';
import { BankModel } from '../bank/bank.schema.ts';
import { DomainError } from '../kernel/errors.ts';
import type { Person } from '../member/person.ts';

/** Roles that open the pages of bank profiles. */
export const profileRoles: readonly Role[] = [
  'sys-admin',
  'sec-admin',
  'bank-investor',
  'leading-office',
  'province-finance',
  'auditor',
];

/** An admitted bank. */
export interface NamedBank {
  readonly _id: string;
  readonly name: string;
}

type Reader = Pick<Person, 'role' | 'orgId' | 'userId'>;

/** Admitted banks whose profile the person may see, by id. @throws DomainError ROLE_NOT_ALLOWED */
export async function banksFor(person: Reader): Promise<NamedBank[]> {
  return BankModel.find(filterOf(person), { name: 1 }).sort({ _id: 1 }).lean<NamedBank[]>();
}

/** @throws DomainError ROLE_NOT_ALLOWED; NOT_FOUND for a bank that is not admitted, or not the person's own */
export async function bankFor(person: Reader, id: string): Promise<NamedBank> {
  const found = await BankModel.findOne({ $and: [{ _id: id }, filterOf(person)] }, { name: 1 }).lean();
  if (found === null) throw new DomainError('NOT_FOUND', 'no such bank');
  return found;
}

function filterOf(person: Reader): { _id?: string } {
  if (!profileRoles.includes(person.role))
    throw new DomainError('ROLE_NOT_ALLOWED', `${person.userId} may not see bank profiles`);
  return person.role === 'bank-investor' ? { _id: person.orgId } : {};
}
