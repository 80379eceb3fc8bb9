/** Opens sessions: password, lock-out, second factor, forced new password. */
import { hash, verify } from '@node-rs/argon2';
import { generateSecret, generateURI, verify as verifyTotp } from 'otplib';
import { DomainError, InputError } from '../kernel/errors.ts';
import type { Sealer } from '../../sealer.ts';
import { AccountModel, type SignInAccount } from './account.schema.ts';
import { passwordFault } from './password.rules.ts';

/** argon2id after OWASP's password storage cheat sheet (19 MiB, 2 passes). */
const argon2 = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
/** Failures in a row that lock an account, and for how long, ms. */
export const failuresToLock = 5;
export const lockMs = 15 * 60_000;
/** Time step of a TOTP code, s (RFC 6238). */
const totpStepSeconds = 30;

/** Who asks to be let in. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
  readonly code?: string;
}

/** What accounts need from outside. */
export interface AccountServiceDeps {
  readonly sealer: Sealer;
  readonly now: () => Date;
}

/** Sign-in accounts: passwords, lock-out, and the second factor. */
export class AccountService {
  readonly #deps: AccountServiceDeps;
  /** Compared against when the name is unknown, so that the time taken tells nothing. */
  readonly #nobody: Promise<string>;

  constructor(deps: AccountServiceDeps) {
    this.#deps = deps;
    this.#nobody = hash('nobody signs in with this', argon2);
  }

  /** @throws InputError when the password breaks the policy; DomainError ALREADY_EXISTS when the name is taken */
  async create(account: {
    username: string;
    userId: string;
    name: string;
    password: string;
    mustChangePassword: boolean;
    passwordHash?: string;
  }): Promise<void> {
    const username = account.username.toLowerCase();
    const fault = account.passwordHash === undefined ? passwordFault(account.password, [username]) : null;
    if (fault !== null) throw new InputError({ password: fault });
    if ((await AccountModel.exists({ _id: username })) !== null)
      throw new DomainError('ALREADY_EXISTS', 'the sign-in name is taken');
    const passwordHash = account.passwordHash ?? (await hash(account.password, argon2));
    const { userId, name, mustChangePassword } = account;
    await AccountModel.create({
      _id: username,
      userId,
      name,
      passwordHash,
      mustChangePassword,
      state: 'ACTIVE',
      createdAt: this.#deps.now(),
    });
  }

  /** Hashes a password once for many accounts that are made together. */
  async hashOf(password: string): Promise<string> {
    return hash(password, argon2);
  }

  /**
   * Checks name, password and, when enrolled, the code.
   * @throws DomainError SIGN_IN_REFUSED (one and the same for name, password and state), LOCKED, CODE_REQUIRED, CODE_REFUSED
   */
  async signIn(credentials: Credentials): Promise<SignInAccount> {
    const account = await this.#checked(credentials.username, credentials.password);
    if (account.sealedTotp !== null) await this.#checkCode(account, credentials.code ?? '');
    await AccountModel.updateOne(
      { _id: account._id },
      { $set: { failures: 0, lockedUntil: null, lastSignInAt: this.#deps.now() } },
    );
    return account;
  }

  /** Asks for the password again before money moves. @throws DomainError SIGN_IN_REFUSED, LOCKED */
  async reauthenticate(username: string, password: string): Promise<void> {
    await this.#checked(username, password);
  }

  /** @throws DomainError SIGN_IN_REFUSED when the present password is wrong; InputError when the new one breaks the policy */
  async changePassword(username: string, present: string, next: string): Promise<void> {
    const account = await this.#checked(username, present);
    const fault = present === next ? 'password.same' : passwordFault(next, [account._id, account.name]);
    if (fault !== null) throw new InputError({ next: fault });
    await AccountModel.updateOne(
      { _id: account._id },
      { $set: { passwordHash: await hash(next, argon2), mustChangePassword: false } },
    );
  }

  /** A new TOTP secret to be shown as a picture; nothing is stored before `enrolTotp`. */
  proposeTotp(username: string): { secret: string; uri: string } {
    const secret = generateSecret();
    return { secret, uri: generateURI({ issuer: '扶贫资金管理平台', label: username, secret }) };
  }

  /** @throws DomainError CODE_REFUSED when the code does not belong to the secret */
  async enrolTotp(username: string, secret: string, code: string): Promise<void> {
    const { valid } = await verifyTotp({ secret, token: code, epochTolerance: totpStepSeconds });
    if (!valid) throw new DomainError('CODE_REFUSED', 'the code does not fit');
    await AccountModel.updateOne(
      { _id: username },
      { $set: { sealedTotp: this.#deps.sealer.seal(secret), lastTotpStep: this.#step() } },
    );
  }

  async removeTotp(username: string): Promise<void> {
    await AccountModel.updateOne({ _id: username }, { $set: { sealedTotp: null } });
  }

  /** The account while it may be used; null when disabled or gone. Asked at every request. */
  async active(username: string): Promise<SignInAccount | null> {
    return AccountModel.findOne({ _id: username, state: 'ACTIVE' }).lean();
  }

  /** Ends every session of the user at its next request. */
  async disable(userId: string): Promise<void> {
    await AccountModel.updateOne({ userId }, { $set: { state: 'DISABLED' } });
  }

  async #checked(username: string, password: string): Promise<SignInAccount> {
    const account = await AccountModel.findById(username.toLowerCase().slice(0, 64)).lean();
    if (this.#isLocked(account)) throw new DomainError('LOCKED', 'locked after too many failures');
    const fits = await verify(account?.passwordHash ?? (await this.#nobody), password.slice(0, 1024));
    if (account !== null && !fits) await this.#countFailure(account);
    if (account?.state !== 'ACTIVE' || !fits)
      throw new DomainError('SIGN_IN_REFUSED', 'name or password is wrong');
    return account;
  }

  #isLocked(account: SignInAccount | null): boolean {
    const until = account?.lockedUntil ?? null;
    return until !== null && until > this.#deps.now();
  }

  async #countFailure(account: SignInAccount): Promise<void> {
    const counted = await AccountModel.findOneAndUpdate(
      { _id: account._id },
      { $inc: { failures: 1 } },
      { returnDocument: 'after' },
    ).lean();
    if ((counted?.failures ?? 0) < failuresToLock) return;
    const lockedUntil = new Date(this.#deps.now().getTime() + lockMs);
    await AccountModel.updateOne({ _id: account._id }, { $set: { failures: 0, lockedUntil } });
  }

  async #checkCode(account: SignInAccount, code: string): Promise<void> {
    if (code === '') throw new DomainError('CODE_REQUIRED', 'a code is needed');
    const secret = this.#deps.sealer.open(account.sealedTotp ?? '');
    const { valid } = /^\d{6}$/.test(code)
      ? await verifyTotp({ secret, token: code, epochTolerance: totpStepSeconds })
      : { valid: false };
    const step = this.#step();
    const used = valid
      ? await AccountModel.updateOne(
          { _id: account._id, lastTotpStep: { $lt: step } },
          { $set: { lastTotpStep: step } },
        )
      : null;
    if (used?.modifiedCount !== 1) {
      await this.#countFailure(account);
      throw new DomainError('CODE_REFUSED', 'the code is wrong or was used');
    }
  }

  #step(): number {
    return Math.floor(this.#deps.now().getTime() / 1000 / totpStepSeconds);
  }
}
