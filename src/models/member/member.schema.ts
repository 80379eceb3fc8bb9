/** Read models of organisations, users and bank accounts as the `member` contract keeps them. */
import type { Account, Organisation, User } from '#kernel/records/member.ts';
import type { Derived, OfRecord, Scoped } from '../read-model/derived.ts';
import { derivedSchema, fieldTypes as f, recordDefinition, scopeDefinition } from '../read-model/derived.ts';

/** An organisation; `_id` is its id. */
export interface OrganisationDoc extends Derived, Scoped, OfRecord<Organisation> {
  readonly name: string;
  readonly roles: readonly string[];
  readonly mspId: string;
  readonly level: string;
  readonly state: Organisation['state'];
}

export const organisationSchema = derivedSchema<OrganisationDoc>('organisations', {
  ...scopeDefinition,
  ...recordDefinition,
  name: f.text,
  roles: f.texts,
  mspId: f.text,
  level: f.text,
  state: f.text,
});
organisationSchema.index({ division: 1, state: 1 });
organisationSchema.index({ roles: 1, division: 1 });
organisationSchema.index({ createdAt: -1 });

/** A user on the ledger (no personal data); `_id` is the user id. */
export interface UserDoc extends Derived, Scoped, OfRecord<User> {
  readonly orgId: string;
  readonly role: User['role'];
  readonly posts: readonly string[];
  readonly mspId: string;
  readonly state: User['state'];
}

export const userSchema = derivedSchema<UserDoc>('users', {
  ...scopeDefinition,
  ...recordDefinition,
  orgId: f.text,
  role: f.text,
  posts: f.texts,
  mspId: f.text,
  state: f.text,
});
userSchema.index({ orgId: 1, role: 1 });
userSchema.index({ state: 1, createdAt: -1 });
userSchema.index({ createdAt: -1 });

/** A bank account; `_id` is bankId~account. */
export interface BankAccountDoc extends Derived, Scoped, OfRecord<Account> {
  readonly bankId: string;
  readonly account: string;
  readonly bankNo: string;
  readonly name: string;
  readonly orgId: string;
  readonly purpose: Account['purpose'];
  readonly state: Account['state'];
}

export const bankAccountSchema = derivedSchema<BankAccountDoc>('bank_accounts', {
  ...scopeDefinition,
  ...recordDefinition,
  bankId: f.text,
  account: f.text,
  bankNo: f.text,
  name: f.text,
  orgId: f.text,
  purpose: f.text,
  state: f.text,
});
bankAccountSchema.index({ account: 1 });
bankAccountSchema.index({ orgId: 1, state: 1 });
bankAccountSchema.index({ state: 1, createdAt: -1 });
