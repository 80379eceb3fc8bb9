/** Gateways of the client library, one per identity and peer, over the peers' shared connections; a bounded number is kept. */
import { connect, hash, type Gateway } from '@hyperledger/fabric-gateway';
import type { LedgerIdentity } from '../ledger.port.ts';
import type { Peer } from './peers.ts';
import { withLowS } from './signature.ts';

/** Longest wait for each phase of a call, ms. */
export interface PhaseDeadlines {
  readonly evaluateMs: number;
  readonly endorseMs: number;
  readonly submitMs: number;
  /** A transaction that was lost keeps the status waiting for as long. */
  readonly statusMs: number;
}

const MOST_IDENTITIES = 500;

/** The cache. */
export class Gateways {
  readonly #deadlines: PhaseDeadlines;
  readonly #kept = new Map<LedgerIdentity, WeakMap<Peer, Gateway>>();

  constructor(deadlines: PhaseDeadlines) {
    this.#deadlines = deadlines;
  }

  /** The gateway of an identity at a peer. */
  at(peer: Peer, identity: LedgerIdentity): Gateway {
    const own = this.#ownOf(identity);
    let gateway = own.get(peer);
    if (gateway === undefined) own.set(peer, (gateway = this.#connect(peer, identity)));
    return gateway;
  }

  close(): void {
    this.#kept.clear();
  }

  #ownOf(identity: LedgerIdentity): WeakMap<Peer, Gateway> {
    const own = this.#kept.get(identity) ?? new WeakMap<Peer, Gateway>();
    // Taken out and put in again, so that the first one is the one longest unused.
    this.#kept.delete(identity);
    this.#kept.set(identity, own);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MOST_IDENTITIES && oldest) this.#kept.delete(oldest);
    return own;
  }

  #connect(peer: Peer, identity: LedgerIdentity): Gateway {
    const within = (ms: number) => () => ({ deadline: Date.now() + ms });
    const { evaluateMs, endorseMs, submitMs, statusMs } = this.#deadlines;
    return connect({
      client: peer.client,
      identity: { mspId: identity.mspId, credentials: Buffer.from(identity.certificate) },
      // The identity hashes what it signs.
      hash: hash.none,
      signer: async (message) => withLowS(await identity.sign(message)),
      evaluateOptions: within(evaluateMs),
      endorseOptions: within(endorseMs),
      submitOptions: within(submitMs),
      commitStatusOptions: within(statusMs),
    });
  }
}
