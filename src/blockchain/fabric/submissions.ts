/** Endorsed transactions on their way: signed, saved, submitted, and followed to their end, whoever waits for it or not. */
import type { Gateway, Transaction } from '@hyperledger/fabric-gateway';
import {
  LedgerConflict,
  LedgerUnavailable,
  LedgerUnknownOutcome,
  type Committed,
  type LedgerIdentity,
  type ValidationCode,
} from '../ledger.port.ts';
import type { Access } from './access.ts';
import type { FabricLog, Pacing } from './attempts.ts';
import { validationCode } from './block.decoder.ts';
import type { InFlightJournal, SavedTransaction } from './in-flight.journal.ts';
import { SubmitForbidden, type Fate, type ReadyTransaction, type Settler } from './settler.ts';
import { withLowS } from './signature.ts';

/** What submissions work with. */
export interface SubmissionsDeps {
  readonly journal: InFlightJournal;
  readonly settler: Settler;
  readonly access: Access;
  readonly pacing: Pacing;
  readonly log: FabricLog;
  /** How long a caller waits, ms. */
  readonly settleMs: number;
  /** Ends every wait. */
  readonly closing: AbortSignal;
  /** The gateway at the peer that would be asked first, and its name; the reader's when nobody is named. */
  readonly gatewayOf: (identity?: LedgerIdentity) => { readonly gateway: Gateway; readonly peer: string };
}

/** A transaction that stands in a block, valid or not. */
export interface Settled extends Committed {
  readonly code: ValidationCode;
}

/** The transactions of one process. */
export class Submissions {
  readonly #deps: SubmissionsDeps;
  /** Transactions that go on without a caller, by call: the same call again joins them and makes no second one. */
  readonly #unsettled = new Map<string, Promise<Settled>>();

  constructor(deps: SubmissionsDeps) {
    this.#deps = deps;
  }

  /** Takes up what the journal holds of an earlier process. */
  resume(): void {
    for (const saved of this.#deps.journal.unsettled) this.#goOn(saved);
  }

  /**
   * Waits for the transaction that an earlier, identical call left behind.
   * @returns null when there is none
   * @throws LedgerUnavailable when it is still under way after a caller's patience
   */
  async join(callKey: string): Promise<Committed | null> {
    const earlier = this.#unsettled.get(callKey);
    if (earlier === undefined) return null;
    const patience = this.#deps.pacing.wait(this.#deps.settleMs, this.#deps.closing);
    const settled = await Promise.race([earlier.catch(() => null), patience.then(() => null)]);
    if (settled === null) throw new LedgerUnavailable('an earlier transaction of this call is under way');
    return committed(settled);
  }

  /**
   * Signs, saves, submits, and waits for the fate.
   * @throws LedgerRefusal | LedgerUnavailable | LedgerUnknownOutcome, after which it goes on in the background
   */
  async commit(endorsed: Transaction, identity: LedgerIdentity, callKey: string): Promise<Settled> {
    const { journal, settler, settleMs, closing } = this.#deps;
    const ready = await this.#sign(endorsed, identity);
    const bytes = ready.transaction.getBytes();
    const saved: SavedTransaction = { transactionId: endorsed.getTransactionId(), callKey, bytes };
    await journal.save(saved).catch((cause: unknown) => {
      throw new LedgerUnavailable('the disk refuses to keep the transaction', { cause });
    });
    try {
      const fate = await settler.settle(saved, { ms: settleMs, signal: closing, ready });
      return this.#settled(saved, fate, endorsed);
    } catch (error) {
      if (error instanceof SubmitForbidden) {
        journal.settle(saved.transactionId);
        throw await this.#deps.access.diagnose(identity);
      }
      if (error instanceof LedgerUnknownOutcome) this.#goOn(saved);
      throw error;
    }
  }

  /** Waits until nothing goes on in the background; the closing signal has been given before. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#unsettled.values());
  }

  /** The client library signs at the submit; the bytes are wanted signed before, so that anybody can submit them. */
  async #sign(endorsed: Transaction, identity: LedgerIdentity): Promise<ReadyTransaction> {
    const signature = withLowS(await identity.sign(endorsed.getDigest()));
    const { gateway, peer } = this.#deps.gatewayOf(identity);
    return { peer, transaction: gateway.newSignedTransaction(endorsed.getBytes(), signature) };
  }

  #settled(saved: SavedTransaction, { code, blockNumber }: Fate, endorsed?: Transaction): Settled {
    const { transactionId, bytes } = saved;
    const transaction = endorsed ?? this.#deps.gatewayOf().gateway.newTransaction(bytes);
    const result = Buffer.from(transaction.getResult()).toString();
    this.#deps.journal.settle(transactionId);
    return { transactionId, blockNumber, code: validationCode(code), result };
  }

  #goOn(saved: SavedTransaction): void {
    const { settler, closing, log, journal } = this.#deps;
    const { transactionId, callKey } = saved;
    const course = settler
      .settle(saved, { ms: Infinity, signal: closing, maybeTaken: true })
      .then((fate) => this.#settled(saved, fate))
      .finally(() => {
        if (this.#unsettled.get(callKey) === course) this.#unsettled.delete(callKey);
      });
    this.#unsettled.set(callKey, course);
    course.then(
      ({ code }) => log.info({ transactionId, code }, 'a transaction under way was brought to its end'),
      (error: unknown) => {
        if (error instanceof SubmitForbidden) journal.settle(transactionId);
        log.warn({ transactionId, err: error }, 'a transaction under way has no end yet');
      },
    );
  }
}

/** @throws LedgerConflict when the transaction stands in its block as invalid */
export function committed({ code, ...rest }: Settled): Committed {
  if (code !== 'VALID') throw new LedgerConflict(code, rest.transactionId);
  return rest;
}
