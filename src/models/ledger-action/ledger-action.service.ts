/** The one way in which people and machines write to the ledger: with their own key, a request id, and refusals as domain errors. */
import type { KeyStore } from '../../blockchain/identity/key-store.ts';
import { UnknownIdentity } from '../../blockchain/identity/key-store.ts';
import type { Committed, Ledger, LedgerCall, LedgerIdentity } from '../../blockchain/ledger.port.ts';
import {
  LedgerConflict,
  LedgerRefusal,
  LedgerUnavailable,
  LedgerUnknownOutcome,
} from '../../blockchain/ledger.port.ts';
import type { ProjectionHeight } from '../../blockchain/projector/projection-height.ts';
import { DomainError, InfrastructureError } from '../kernel/errors.ts';

/** Every submit is a request; a call of several requests names each of them. */
type Requests =
  { readonly requestId: string } | { readonly entries: readonly { readonly requestId: string }[] };

/** A changing call in business terms; `args` carries the requestId, or one for each entry. */
export interface ActionCall {
  readonly contract: string;
  readonly fn: string;
  readonly args: Requests & Readonly<Record<string, unknown>>;
}

/** What a committed action gave. `result` is what the contract answered. */
export interface ActionReceipt<T = Record<string, unknown>> {
  readonly transactionId: string;
  readonly blockNumber: number;
  readonly result: T;
}

/** Longest wait for the read model to show one's own write, ms. */
const showWithinMs = 2_000;
/** Signing identities kept open at a time. */
const keptIdentities = 500;

/** What submitting needs from outside. */
export interface LedgerActionDeps {
  readonly ledger: Pick<Ledger, 'submit' | 'evaluate' | 'transactionStatus'>;
  readonly keys: KeyStore;
  readonly height: Pick<ProjectionHeight, 'waitForHeight'>;
}

/** Submits and asks as a person, with that person's own key. */
export class LedgerActionService {
  readonly #deps: LedgerActionDeps;
  readonly #identities = new Map<string, Promise<LedgerIdentity>>();

  constructor(deps: LedgerActionDeps) {
    this.#deps = deps;
  }

  /**
   * Submits as this user and waits until the read model shows it, so that the next page does.
   * @throws DomainError with the contract's code; InfrastructureError when the ledger is away or the outcome is unknown
   */
  async act<T = Record<string, unknown>>(userId: string, call: ActionCall): Promise<ActionReceipt<T>> {
    const receipt = await this.submit<T>(userId, call);
    await this.#deps.height.waitForHeight(receipt.blockNumber + 1, showWithinMs);
    return receipt;
  }

  /** As `act`, without waiting for the read model: for machines. */
  async submit<T = Record<string, unknown>>(userId: string, call: ActionCall): Promise<ActionReceipt<T>> {
    const identity = await this.#identityOf(userId);
    const committed = await this.#deps.ledger
      .submit(asLedgerCall(call.contract, call.fn, call.args), identity)
      .catch((cause: unknown) => this.#settle(cause));
    const { transactionId, blockNumber, result } = committed;
    return { transactionId, blockNumber, result: (result === '' ? {} : JSON.parse(result)) as T };
  }

  /** Asks a contract as this user. @throws as `act` */
  async ask<T>(userId: string, query: { contract: string; fn: string; args: object }): Promise<T> {
    const identity = await this.#identityOf(userId);
    const answer = await this.#deps.ledger
      .evaluate(asLedgerCall(query.contract, query.fn, query.args), identity)
      .catch(translate);
    return JSON.parse(answer) as T;
  }

  /** Forgets an identity after its key was replaced or revoked. */
  forget(userId: string): void {
    this.#identities.delete(userId);
  }

  async #identityOf(userId: string): Promise<LedgerIdentity> {
    const kept = this.#identities.get(userId);
    if (kept !== undefined) return kept;
    const opened = this.#deps.keys.identityFor(userId).catch((cause: unknown) => {
      this.#identities.delete(userId);
      throw cause instanceof UnknownIdentity
        ? new DomainError('NO_SIGNING_KEY', 'this user has no signing key')
        : cause;
    });
    if (this.#identities.size >= keptIdentities)
      this.#identities.delete(this.#identities.keys().next().value ?? '');
    this.#identities.set(userId, opened);
    return opened;
  }

  /** An unknown outcome is asked about under the same transaction id, never sent again blindly. */
  async #settle(cause: unknown): Promise<Committed> {
    if (!(cause instanceof LedgerUnknownOutcome)) return translate(cause);
    const status = await this.#deps.ledger.transactionStatus(cause.transactionId).catch(() => null);
    if (status?.state === 'committed' && status.code === 'VALID')
      return { transactionId: cause.transactionId, blockNumber: status.blockNumber ?? 0, result: '' };
    throw new InfrastructureError('the outcome of the transaction is unknown', 'unknown', cause);
  }
}

function asLedgerCall(contract: string, fn: string, args: object): LedgerCall {
  return { contract, fn, args: [JSON.stringify(args)] };
}

function translate(cause: unknown): never {
  if (cause instanceof LedgerRefusal) throw new DomainError(cause.code, cause.message, cause.details);
  if (cause instanceof LedgerConflict)
    throw new InfrastructureError('the ledger was too busy with the same records', 'not-applied', cause);
  if (cause instanceof LedgerUnavailable)
    throw new InfrastructureError('the ledger is away', 'not-applied', cause);
  throw cause;
}
