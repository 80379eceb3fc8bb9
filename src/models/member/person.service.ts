/** Who is behind a sign-in name right now: account, ledger user and organisation, all active. */
import type { AccountService } from '../account/account.service.ts';
import type { ReadModels } from '../read-model/read-models.ts';
import type { Person } from './person.ts';

/** Finds the active person behind a sign-in name. */
export class PersonService {
  readonly #deps: {
    readonly accounts: AccountService;
    readonly models: Pick<ReadModels, 'user' | 'organisation'>;
  };

  constructor(deps: {
    readonly accounts: AccountService;
    readonly models: Pick<ReadModels, 'user' | 'organisation'>;
  }) {
    this.#deps = deps;
  }

  /** Asked at each request, so that a disable takes effect at the next one. @returns null when any of the three is not active */
  async bySignInName(
    username: string,
  ): Promise<(Person & { readonly username: string; readonly mustChangePassword: boolean }) | null> {
    const account = await this.#deps.accounts.active(username);
    if (account === null) return null;
    const person = await this.byUserId(account.userId, account.name);
    return person === null ? null : { ...person, username, mustChangePassword: account.mustChangePassword };
  }

  /** The person behind a ledger user. */
  async byUserId(userId: string, name: string): Promise<Person | null> {
    const user = await this.#deps.models.user.findOne({ _id: userId, state: 'ACTIVE' }).lean();
    const organisation =
      user === null
        ? null
        : await this.#deps.models.organisation.findOne({ _id: user.orgId, state: 'ACTIVE' }).lean();
    if (user === null || organisation === null) return null;
    const { role, posts } = user.record;
    return {
      userId,
      name,
      orgId: organisation._id,
      orgName: organisation.record.name,
      role,
      posts,
      division: organisation.record.division,
      level: organisation.record.level,
    };
  }
}
