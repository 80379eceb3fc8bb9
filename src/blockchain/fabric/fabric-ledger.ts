/** The Ledger port over the gateways of a Hyperledger Fabric network. */
import { createHash } from 'node:crypto';
import type { Gateway } from '@hyperledger/fabric-gateway';
import type { MspRoots } from '../embedded/membership.ts';
import {
  LedgerUnavailable,
  type Committed,
  type Ledger,
  type LedgerBlock,
  type LedgerCall,
  type LedgerIdentity,
  type LedgerInfo,
  type TransactionProof,
  type TransactionStatus,
  type ValidationCode,
} from '../ledger.port.ts';
import { Access } from './access.ts';
import { realPacing, RetryCounts, type FabricLog, type Pacing } from './attempts.ts';
import { followBlocks } from './block-follower.ts';
import { ChainQueries } from './chain-queries.ts';
import { Gateways, type PhaseDeadlines } from './gateways.ts';
import { InFlightJournal } from './in-flight.journal.ts';
import { Peers, type PeerEndpoint } from './peers.ts';
import { chaincodeCall, Proposer } from './proposer.ts';
import { Settler } from './settler.ts';
import { committed, Submissions, type Settled } from './submissions.ts';

/** Codes that no conflict explains: one new proposal, and an alarm. */
const SHOULD_NOT_HAPPEN: ReadonlySet<ValidationCode> = new Set(['INVALID', 'ENDORSEMENT_POLICY_FAILURE']);

/** Bounds of the adapter. */
export interface FabricLimits extends PhaseDeadlines {
  /** Transactions that this process has under way at a time; a further one is told to come again. */
  readonly maxInFlight: number;
  /** How long a call looks for peers that serve it, before anything is submitted, ms. */
  readonly proposeMs: number;
  /** How long a caller waits for the fate of a submitted transaction, ms; afterwards it goes on without him. */
  readonly settleMs: number;
}

/** How a channel of a network is reached. */
export interface FabricLedgerOptions {
  readonly channel: string;
  /** Name under which the contracts are deployed. */
  readonly chaincode: string;
  readonly peers: readonly PeerEndpoint[];
  /** CA certificates (PEM) by MSP id. */
  readonly mspRoots: MspRoots;
  /** The platform's own identity: reads blocks and statuses. */
  readonly reader: LedgerIdentity;
  readonly limits: FabricLimits;
  /** File of transactions under way; one process each. */
  readonly journal: string;
  readonly log: FabricLog;
  /** Makes the channel refuse a certificate. @param serial hexadecimal @param mspId of its organisation */
  readonly revoke: (serial: string, mspId: string) => Promise<void>;
  readonly pacing?: Pacing;
  /** Called when the adapter closes. */
  readonly onClose?: () => void;
}

/** What of a network may change while the adapter is open. */
export type NetworkParts = Pick<FabricLedgerOptions, 'peers' | 'mspRoots' | 'reader'>;

/** Opens the port; transactions that an earlier process left behind are brought to their end meanwhile. */
export async function openFabricLedger(options: FabricLedgerOptions): Promise<FabricLedger> {
  const ledger = new FabricLedger(options, await InFlightJournal.open(options.journal));
  ledger.resume();
  return ledger;
}

interface Parts {
  readonly peers: Peers;
  readonly gateways: Gateways;
  readonly access: Access;
  readonly proposer: Proposer;
  readonly settler: Settler;
  readonly queries: ChainQueries;
  readonly counts: RetryCounts;
  readonly pacing: Pacing;
}

/** The adapter. */
export class FabricLedger implements Ledger {
  readonly channel: string;
  readonly #options: FabricLedgerOptions;
  readonly #journal: InFlightJournal;
  readonly #parts: Parts;
  readonly #closing = new AbortController();
  readonly #submissions: Submissions;
  #inFlight = 0;
  #reader: LedgerIdentity;

  constructor(options: FabricLedgerOptions, journal: InFlightJournal) {
    this.channel = options.channel;
    this.#options = options;
    this.#journal = journal;
    this.#reader = options.reader;
    this.#parts = partsOf(options, () => this.#reader);
    const { access, pacing, settler } = this.#parts;
    this.#submissions = new Submissions({
      journal,
      access,
      pacing,
      settler,
      log: options.log,
      settleMs: options.limits.settleMs,
      closing: this.#closing.signal,
      gatewayOf: (identity = this.#reader) => {
        const peer = this.#parts.peers.next();
        return { gateway: this.#parts.gateways.at(peer, identity), peer: peer.name };
      },
    });
  }

  /** How often each row of the retry table was met. */
  get retryCounts(): Readonly<Record<string, number>> {
    return this.#parts.counts.byRow;
  }

  /** Transactions under way. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Takes up what the journal holds. */
  resume(): void {
    this.#submissions.resume();
  }

  async submit(call: LedgerCall, identity: LedgerIdentity): Promise<Committed> {
    this.#parts.access.admit(identity);
    const callKey = callKeyOf(call, identity);
    return this.#bounded(async () => {
      const joined = await this.#submissions.join(callKey);
      if (joined !== null) return joined;
      const { proposer } = this.#parts;
      const name = chaincodeCall(this.#options.chaincode, call);
      const once = async (): Promise<Settled> =>
        this.#submissions.commit(await proposer.endorse(name, identity), identity, callKey);
      const first = await once();
      if (!SHOULD_NOT_HAPPEN.has(first.code)) return committed(first);
      const { transactionId, code } = first;
      this.#options.log.error({ transactionId, code }, 'the peers rejected a transaction; once more');
      return committed(await once());
    });
  }

  /**
   * Submits a proposal that was made and signed before.
   * @throws LedgerRefusal DUPLICATE_TRANSACTION when its transaction stands in a block already
   */
  async submitProposal(proposal: Uint8Array, identity: LedgerIdentity): Promise<Committed> {
    this.#parts.access.admit(identity);
    const callKey = createHash('sha256').update(proposal).digest('hex');
    return this.#bounded(async () => {
      const endorsed = await this.#parts.proposer.endorseSigned(proposal, identity);
      return committed(await this.#submissions.commit(endorsed, identity, callKey));
    });
  }

  async evaluate(call: LedgerCall, identity: LedgerIdentity): Promise<string> {
    this.#parts.access.admit(identity);
    const answer = await this.#parts.proposer.evaluate(
      chaincodeCall(this.#options.chaincode, call),
      identity,
    );
    return Buffer.from(answer).toString();
  }

  transactionStatus(transactionId: string): Promise<TransactionStatus> {
    return this.#parts.queries.status(transactionId);
  }

  blocks(from: number, signal: AbortSignal): AsyncIterable<LedgerBlock> {
    const { peers, gateways, queries, pacing } = this.#parts;
    const { channel, chaincode, log } = this.#options;
    const reader = (): LedgerIdentity => this.#reader;
    const height = async (): Promise<number> => (await queries.height()).height;
    const either = AbortSignal.any([signal, this.#closing.signal]);
    return followBlocks({ channel, chaincode, reader, log, peers, gateways, pacing, height }, from, either);
  }

  block(number: number): Promise<LedgerBlock | null> {
    return this.#parts.queries.block(number);
  }

  transaction(transactionId: string): Promise<TransactionProof | null> {
    return this.#parts.queries.proof(transactionId);
  }

  async info(): Promise<LedgerInfo> {
    const [head, contracts] = await Promise.all([
      this.#parts.queries.height(),
      this.#parts.queries.contracts(),
    ]);
    return { channel: this.channel, ...head, kind: 'fabric', contracts };
  }

  /** Goes on with other peers, authorities or another reader; what is under way is brought to its end over them. */
  adopt({ peers, mspRoots, reader }: NetworkParts): void {
    this.#parts.peers.replace(peers);
    this.#parts.access.replace(mspRoots);
    if (reader.certificate !== this.#reader.certificate) this.#reader = reader;
  }

  /** Makes the channel refuse a certificate. @param serial hexadecimal @param mspId of its organisation */
  revoke(serial: string, mspId: string): Promise<void> {
    return this.#options.revoke(serial, mspId);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#options.onClose?.();
    this.#parts.gateways.close();
    this.#parts.peers.close();
    await this.#submissions.close();
    await this.#journal.close();
  }

  /** A gateway of an identity at the peer that would be asked first: for tools that sign proposals themselves. */
  gatewayOf(identity: LedgerIdentity): Gateway {
    const { gateways, peers } = this.#parts;
    return gateways.at(peers.next(), identity);
  }

  async #bounded<T>(run: () => Promise<T>): Promise<T> {
    if (this.#closing.signal.aborted) throw new LedgerUnavailable('this client is closed');
    if (this.#inFlight >= this.#options.limits.maxInFlight)
      throw new LedgerUnavailable('too many transactions are under way; try again');
    this.#inFlight++;
    try {
      return await run();
    } finally {
      this.#inFlight--;
    }
  }
}

function partsOf(options: FabricLedgerOptions, reader: () => LedgerIdentity): Parts {
  const { channel, chaincode, limits, log, mspRoots } = options;
  const pacing = options.pacing ?? realPacing;
  const peers = new Peers(options.peers, pacing.now);
  const gateways = new Gateways(limits);
  const counts = new RetryCounts();
  const access = new Access(mspRoots, Date.now);
  const shared = { channel, peers, gateways, pacing, log, counts };
  const proposer = new Proposer({ ...shared, access, budgetMs: limits.proposeMs });
  const settler = new Settler({ ...shared, reader });
  const queries = new ChainQueries({ channel, chaincode, proposer, reader });
  return { peers, gateways, access, proposer, settler, queries, counts, pacing };
}

function callKeyOf({ contract, fn, args }: LedgerCall, identity: LedgerIdentity): string {
  const parts = [identity.mspId, identity.certificate, contract, fn, ...args];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
