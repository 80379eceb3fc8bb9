/** Joins and parts as the administrators do them: what stands on the ledger, the certificate, and the sign-in account together. */
import { randomBytes } from 'node:crypto';
import type { Post, Role } from '#kernel/records/common.ts';
import { AccountModel } from '../account/account.schema.ts';
import { DomainError, InputError } from '../kernel/errors.ts';
import type { ActionReceipt, LedgerActionService } from '../ledger-action/ledger-action.service.ts';
import type { ReadModels } from '../read-model/read-models.ts';
import type { EnrolmentService } from './enrolment.service.ts';

/** A person or machine user to be registered. */
export interface Joining {
  readonly userId: string;
  readonly name: string;
  readonly orgId: string;
  readonly role: Role;
  readonly posts: readonly Post[];
}

/** What the administrator hands over, once. */
export interface Joined {
  /** Null when the ledger knew the user from a try that broke off. */
  readonly receipt: ActionReceipt | null;
  /** First password, to be changed at first sign-in; null for a machine user. */
  readonly password: string | null;
}

/** What joining and leaving need from outside. */
export interface JoiningDeps {
  readonly actions: LedgerActionService;
  readonly enrolment: EnrolmentService;
  readonly models: Pick<ReadModels, 'user' | 'organisation'>;
}

/** User id of a bank's flow feed. */
export function feedUserOf(bankId: string): string {
  return `${bankId}-feed`;
}

/** Registers, activates and disables people, on the ledger and at the door. */
export class JoiningService {
  readonly #deps: JoiningDeps;

  constructor(deps: JoiningDeps) {
    this.#deps = deps;
  }

  /**
   * Registers a user (still without effect), makes his key and, for a person, his account with a first password.
   * Safe to repeat after a crash: what is there already is not made twice.
   * @throws InputError when the name is taken or the organisation has not this role; DomainError as the contract
   */
  async register(by: string, joining: Joining, requestId: string): Promise<Joined> {
    const { userId, orgId, role, posts } = joining;
    const organisation = await this.#deps.models.organisation.findOne({ _id: orgId, state: 'ACTIVE' }).lean();
    if (organisation === null) throw new InputError({ orgId: 'members.fault.organisation' });
    if (!organisation.roles.includes(role)) throw new InputError({ role: 'members.fault.role' });
    if ((await AccountModel.exists({ _id: userId })) !== null)
      throw new InputError({ userId: 'members.fault.taken' });
    const receipt = (await this.#isRegistered(joining))
      ? null
      : await this.#deps.actions.act(by, {
          contract: 'member',
          fn: 'registerUser',
          args: { requestId, id: userId, orgId, role, posts },
        });
    await this.#deps.enrolment.enrolKey({ userId, role, orgId, posts, division: organisation.division });
    if (role === 'bank-feed') return { receipt, password: null };
    const password = randomBytes(12).toString('base64url');
    await this.#deps.enrolment.account({
      userId,
      username: userId,
      name: joining.name,
      password,
      mustChangePassword: true,
    });
    return { receipt, password };
  }

  /** Second half of a join, by the security administrator. */
  async activate(by: string, userId: string, requestId: string): Promise<ActionReceipt> {
    return this.#deps.actions.act(by, {
      contract: 'member',
      fn: 'activateUser',
      args: { requestId, id: userId },
    });
  }

  /** Ends a user at the next request: on the ledger, for the certificate and for every session. */
  async disable(by: string, userId: string, reason: string, requestId: string): Promise<void> {
    await this.#deps.enrolment.disable(by, userId, reason, requestId);
  }

  /** True for a user of the same organisation, role and posts whose joining broke off. */
  async #isRegistered({ userId, orgId, role, posts }: Joining): Promise<boolean> {
    const known = await this.#deps.models.user.findById(userId).lean();
    if (known === null) return false;
    const isSame = known.orgId === orgId && known.role === role && known.posts.join() === [...posts].join();
    if (isSame && known.state !== 'DISABLED') return true;
    throw new DomainError('ALREADY_EXISTS', `user ${userId} is on the ledger as somebody else`);
  }
}
