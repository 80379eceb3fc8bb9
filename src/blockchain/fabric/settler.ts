/** Everything after the endorsement: one transaction's bytes are submitted, again and again if need be, until its fate is known. */
import type { Transaction } from '@hyperledger/fabric-gateway';
import { gateway as messages, msp } from '@hyperledger/fabric-protos';
import { LedgerUnknownOutcome, type LedgerIdentity } from '../ledger.port.ts';
import { Attempts, noteFailure, type FabricLog, type Pacing, type RetryCounts } from './attempts.ts';
import { readFailure, type GatewayFailure } from './failure.ts';
import type { Gateways } from './gateways.ts';
import type { SavedTransaction } from './in-flight.journal.ts';
import type { Peer, Peers } from './peers.ts';
import { retryRowFor } from './retry.rules.ts';

const REST_MS = 3000;

/** What settling works with. */
export interface SettlerDeps {
  readonly channel: string;
  readonly peers: Peers;
  readonly gateways: Gateways;
  /** The platform's own reader: asks for the status, so that a creator who was revoked since does not stand in the way. */
  readonly reader: () => LedgerIdentity;
  readonly pacing: Pacing;
  readonly log: FabricLog;
  readonly counts: RetryCounts;
}

/** Where a transaction came to stand. */
export interface Fate {
  /** Fabric's validation code; 0 = valid. */
  readonly code: number;
  readonly blockNumber: number;
}

/** A signed transaction as the client library holds it, and the peer over which it would go. */
export interface ReadyTransaction {
  readonly peer: string;
  readonly transaction: Transaction;
}

/** The channel refused the bytes at submit and they are in no block. */
export class SubmitForbidden extends Error {
  override readonly name = 'SubmitForbidden';
}

/** How far one transaction is. */
interface Course {
  readonly saved: SavedTransaction;
  readonly attempts: Attempts;
  readonly ready: ReadyTransaction | undefined;
  step: 'send' | 'ask';
  /** True once a submit may have been taken. */
  maybeTaken: boolean;
  forbidden: boolean;
}

/** Submits and asks. */
export class Settler {
  readonly #deps: SettlerDeps;

  constructor(deps: SettlerDeps) {
    this.#deps = deps;
  }

  /**
   * Brings a saved transaction to its end. The same bytes twice do no harm: the copy is recorded as a duplicate.
   * @param budget how long, and a signal that ends it early
   * @throws SubmitForbidden | LedgerUnknownOutcome when the budget ends
   */
  async settle(
    saved: SavedTransaction,
    budget: {
      readonly ms: number;
      readonly signal?: AbortSignal;
      readonly maybeTaken?: boolean;
      readonly ready?: ReadyTransaction;
    },
  ): Promise<Fate> {
    const attempts = new Attempts(this.#deps.pacing, budget.ms);
    const { maybeTaken = false, ready } = budget;
    const course: Course = { saved, attempts, ready, step: 'send', maybeTaken, forbidden: false };
    for (;;) {
      const peer = this.#deps.peers.next(attempts.tried);
      const step = course.step;
      try {
        const fate = await (step === 'send' ? this.#send(course, peer) : this.#ask(course, peer));
        if (fate) return fate;
        course.step = 'ask';
        course.maybeTaken = true;
      } catch (cause) {
        const failure = readFailure(step === 'send' ? 'submit' : 'status', cause);
        const pauseMs = this.#react(failure, course, peer);
        if (!(await attempts.pause(pauseMs, budget.signal)))
          throw new LedgerUnknownOutcome(saved.transactionId, cause);
      }
    }
  }

  async #send({ saved, ready, maybeTaken }: Course, peer: Peer): Promise<null> {
    const { gateways, reader } = this.#deps;
    // The first time the bytes need not be read again.
    const again = maybeTaken || ready?.peer !== peer.name;
    await (again ? gateways.at(peer, reader()).newTransaction(saved.bytes) : ready.transaction).submit();
    return null;
  }

  async #ask({ saved }: Course, peer: Peer): Promise<Fate> {
    const { channel, gateways } = this.#deps;
    const reader = this.#deps.reader();
    const request = new messages.CommitStatusRequest();
    request.setChannelId(channel);
    request.setTransactionId(saved.transactionId);
    request.setIdentity(serializedIdentity(reader));
    const signed = new messages.SignedCommitStatusRequest();
    signed.setRequest(request.serializeBinary());
    const status = await gateways.at(peer, reader).newCommit(signed.serializeBinary()).getStatus();
    this.#deps.peers.praise(peer);
    return { code: status.code, blockNumber: Number(status.blockNumber) };
  }

  /** Turns the course as the table says. @returns ms before the next step. @throws SubmitForbidden */
  #react(failure: GatewayFailure, course: Course, peer: Peer): number {
    const row = retryRowFor(failure);
    const { log, counts } = this.#deps;
    noteFailure(log, counts, row, { peer, failure, transactionId: course.saved.transactionId });
    switch (row.action) {
      case 'access-refused':
        return this.#forbidden(course);
      case 'resend':
        course.maybeTaken = true;
        return this.#elsewhere(course, peer);
      case 'ask-again':
        return this.#elsewhere(course, peer);
      case 'resend-and-ask':
        return this.#lost(course, peer);
      default:
        return course.attempts.backoffMs();
    }
  }

  /** An earlier try may have been taken before the creator was refused; only then is it worth asking. */
  #forbidden(course: Course): number {
    if (!course.maybeTaken) throw new SubmitForbidden(course.saved.transactionId);
    course.forbidden = true;
    course.step = 'ask';
    return 0;
  }

  #lost(course: Course, peer: Peer): number {
    if (course.forbidden) throw new SubmitForbidden(course.saved.transactionId);
    course.step = 'send';
    course.maybeTaken = true;
    course.attempts.tried.add(peer.name);
    return 0;
  }

  #elsewhere({ attempts }: Course, peer: Peer): number {
    const { peers } = this.#deps;
    peers.rest(peer, REST_MS);
    attempts.tried.add(peer.name);
    if (attempts.tried.size < peers.all.length) return 0;
    attempts.tried.clear();
    return attempts.backoffMs();
  }
}

/** Protobuf SerializedIdentity. */
function serializedIdentity({ mspId, certificate }: LedgerIdentity): Uint8Array {
  const identity = new msp.SerializedIdentity();
  identity.setMspid(mspId);
  identity.setIdBytes(Buffer.from(certificate));
  return identity.serializeBinary();
}
