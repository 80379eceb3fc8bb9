/** The directory as the administrators and the auditor see it: organisations, people with certificates, accounts, rights. */
import { roles, type Role } from '#kernel/records/common.ts';
import { AccountModel } from '../account/account.schema.ts';
import { KeyModel } from '../key/key.storage.ts';
import type { ReadModels } from '../read-model/read-models.ts';
import type { UserDoc } from './member.schema.ts';
import type { Person } from './person.ts';
import { actions, rights, type Action, type Right } from './rights.rules.ts';

/** A user with what stands beside the ledger. */
export interface PersonRow extends UserDoc {
  readonly name: string;
  readonly orgName: string;
  /** End of the certificate's validity; null without one. */
  readonly certificateUntil: Date | null;
  readonly lastSignInAt: Date | null;
}

/** One line of the matrix: an action, and per role the posts it needs; null = may not. */
export interface RightsRow {
  readonly action: Action;
  readonly cells: readonly (readonly string[] | null)[];
}

/** Columns of the matrix. */
export const matrixRoles: readonly Role[] = roles.filter((role) => role !== 'platform');

/** The permission matrix, from the same table that guards every action. */
export function rightsMatrix(): RightsRow[] {
  return actions.map((action) => ({ action, cells: matrixRoles.map((role) => cellOf(action, role)) }));
}

function cellOf(action: Action, role: Role): readonly string[] | null {
  const ways: readonly Right[] = rights[action];
  const ofRole = ways.filter((way) => way.roles.includes(role));
  return ofRole.length === 0 ? null : ofRole.flatMap((way) => [...way.posts]);
}

/** Adds to members what their page shows beside the record. */
export class DirectoryService {
  readonly #models: Pick<ReadModels, 'organisation'>;

  constructor(models: Pick<ReadModels, 'organisation'>) {
    this.#models = models;
  }

  /** Adds names, organisations, certificates and last sign-in to users. */
  async withDetails(users: readonly UserDoc[]): Promise<PersonRow[]> {
    const ids = users.map((user) => user._id);
    const [accounts, keys, names] = await Promise.all([
      AccountModel.find({ userId: { $in: ids } }, { userId: 1, name: 1, lastSignInAt: 1 }).lean(),
      KeyModel.find({ _id: { $in: ids } }, { notAfter: 1 }).lean(),
      this.namesOf(users.map((user) => user.orgId)),
    ]);
    const accountOf = new Map(accounts.map((one) => [one.userId, one]));
    const untilOf = new Map(keys.map((one) => [one._id, new Date(one.notAfter)]));
    return users.map((user) => ({
      ...user,
      name: accountOf.get(user._id)?.name ?? '',
      orgName: names.get(user.orgId) ?? user.orgId,
      certificateUntil: untilOf.get(user._id) ?? null,
      lastSignInAt: accountOf.get(user._id)?.lastSignInAt ?? null,
    }));
  }

  /** Names of organisations by id. */
  async namesOf(ids: readonly string[]): Promise<Map<string, string>> {
    const found = await this.#models.organisation
      .find({ _id: { $in: [...new Set(ids)] } }, { name: 1 })
      .lean();
    return new Map(found.map((one) => [one._id, one.name]));
  }
}

/** Who may open the directory at all. */
export const directoryRoles: readonly Person['role'][] = ['sys-admin', 'sec-admin', 'log-admin', 'auditor'];
