/** Joins and parts: registers a user on the ledger (two administrators), makes his certificate and his sign-in account. */
import { mspOfRole, type Post, type Role } from '#kernel/records/common.ts';
import type { PlatformKeyStore } from '../../blockchain/identity/key-store.ts';
import type { AccountService } from '../account/account.service.ts';
import type { LedgerActionService } from '../ledger-action/ledger-action.service.ts';

/** A person to be enrolled; `password` is the first one. */
export interface NewPerson {
  readonly userId: string;
  readonly username: string;
  readonly name: string;
  readonly orgId: string;
  readonly role: Role;
  readonly posts: readonly Post[];
  readonly division: string;
  readonly password: string;
  readonly mustChangePassword: boolean;
  /** Ready hash, when many accounts are made at once. */
  readonly passwordHash?: string;
}

/** What enrolment needs from outside. */
export interface EnrolmentDeps {
  readonly actions: LedgerActionService;
  readonly accounts: AccountService;
  readonly keys: PlatformKeyStore;
}

/** Gives people a key with its certificate, and a sign-in account. */
export class EnrolmentService {
  readonly #deps: EnrolmentDeps;

  constructor(deps: EnrolmentDeps) {
    this.#deps = deps;
  }

  /** Makes the sign-in account of an enrolled user. */
  async account(
    account: Pick<
      NewPerson,
      'userId' | 'username' | 'name' | 'password' | 'mustChangePassword' | 'passwordHash'
    >,
  ): Promise<void> {
    await this.#deps.accounts.create(account);
  }

  /** Makes key and certificate alone: for machine users, who do not sign in. */
  async enrolKey(user: Pick<NewPerson, 'userId' | 'role' | 'orgId' | 'division' | 'posts'>): Promise<void> {
    const attributes = {
      role: user.role,
      org: user.orgId,
      division: user.division,
      posts: user.posts.join(','),
    };
    await this.#deps.keys.enrol({ mspId: mspOfRole[user.role], userId: user.userId, attributes });
    this.#deps.actions.forget(user.userId);
  }

  /** First half of a join: the system administrator registers, still without effect. */
  async register(
    by: string,
    person: Pick<NewPerson, 'userId' | 'orgId' | 'role' | 'posts'>,
    requestId: string,
  ): Promise<void> {
    const { userId: id, orgId, role, posts } = person;
    await this.#deps.actions.act(by, {
      contract: 'member',
      fn: 'registerUser',
      args: { requestId, id, orgId, role, posts },
    });
  }

  /** Second half: the security administrator activates. */
  async activate(by: string, userId: string, requestId: string): Promise<void> {
    await this.#deps.actions.act(by, {
      contract: 'member',
      fn: 'activateUser',
      args: { requestId, id: userId },
    });
  }

  /** Ends a user at once: on the ledger, for the certificate, and for every session. */
  async disable(by: string, userId: string, reason: string, requestId: string): Promise<void> {
    await this.#deps.actions.act(by, {
      contract: 'member',
      fn: 'disable',
      args: { requestId, kind: 'user', id: userId, reason },
    });
    await this.#deps.keys.revoke(userId);
    await this.#deps.accounts.disable(userId);
    this.#deps.actions.forget(userId);
  }
}
