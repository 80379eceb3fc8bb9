/** Everything before the submit: queries and endorsements, repeated over other peers as the retry table says. */
import type { Gateway, Transaction } from '@hyperledger/fabric-gateway';
import { contractRefusal } from '../contract-refusal.ts';
import { LedgerRefusal, LedgerUnavailable, type LedgerCall, type LedgerIdentity } from '../ledger.port.ts';
import type { Access } from './access.ts';
import { Attempts, noteFailure, type FabricLog, type Pacing, type RetryCounts } from './attempts.ts';
import { readFailure, wordsOf, type GatewayFailure, type Phase } from './failure.ts';
import type { Gateways } from './gateways.ts';
import type { Peer, Peers } from './peers.ts';
import { retryRowFor, type RetryRow } from './retry.rules.ts';

const REST_MS = 3000;
/** Between the gateway's words and the contract's own; the rest of the text is the contract's. */
const CONTRACT_WORDS = /chaincode response \d{3}, ([\s\S]*)/;

/** What proposing works with. */
export interface ProposerDeps {
  readonly channel: string;
  readonly peers: Peers;
  readonly gateways: Gateways;
  readonly access: Access;
  readonly pacing: Pacing;
  readonly log: FabricLog;
  readonly counts: RetryCounts;
  /** How long one call may look for peers that serve it, ms. */
  readonly budgetMs: number;
}

/** A call, told apart from the contracts' own where Fabric's system chaincodes are asked. */
export interface ChaincodeCall {
  readonly chaincode: string;
  /** `contract:fn`, or the function alone. */
  readonly name: string;
  readonly args: readonly string[];
}

/** @returns the call of a contract deployed under the name of a chaincode */
export function chaincodeCall(chaincode: string, { contract, fn, args }: LedgerCall): ChaincodeCall {
  return { chaincode, name: `${contract}:${fn}`, args };
}

/** Evaluates and endorses; nothing is applied by either. */
export class Proposer {
  readonly #deps: ProposerDeps;

  constructor(deps: ProposerDeps) {
    this.#deps = deps;
  }

  /** @returns the bytes of the answer. @throws LedgerRefusal | LedgerUnavailable */
  evaluate(call: ChaincodeCall, identity: LedgerIdentity): Promise<Uint8Array> {
    return this.#repeat('evaluate', identity, (gateway) => this.#propose(gateway, call).evaluate());
  }

  /** @returns the endorsed transaction, not yet signed. @throws LedgerRefusal | LedgerUnavailable */
  endorse(call: ChaincodeCall, identity: LedgerIdentity): Promise<Transaction> {
    return this.#repeat('endorse', identity, (gateway) => this.#propose(gateway, call).endorse());
  }

  /** Endorses a proposal that was signed before. @throws LedgerRefusal DUPLICATE_TRANSACTION among others */
  endorseSigned(proposal: Uint8Array, identity: LedgerIdentity): Promise<Transaction> {
    return this.#repeat('endorse', identity, (gateway) => gateway.newProposal(proposal).endorse());
  }

  /** A new proposal with an id of its own. */
  #propose(gateway: Gateway, { chaincode, name, args }: ChaincodeCall): ReturnType<Gateway['newProposal']> {
    return gateway
      .getNetwork(this.#deps.channel)
      .getContract(chaincode)
      .newProposal(name, { arguments: [...args] });
  }

  async #repeat<T>(
    phase: Phase,
    identity: LedgerIdentity,
    run: (gateway: Gateway) => Promise<T>,
  ): Promise<T> {
    const { peers, gateways, pacing, budgetMs } = this.#deps;
    const attempts = new Attempts(pacing, budgetMs);
    for (;;) {
      const peer = peers.next(attempts.tried);
      try {
        const answer = await run(gateways.at(peer, identity));
        peers.praise(peer);
        return answer;
      } catch (cause) {
        await this.#react(readFailure(phase, cause), { peer, identity, attempts });
      }
    }
  }

  /** Waits as the table says. @throws what is final */
  async #react(
    failure: GatewayFailure,
    at: { readonly peer: Peer; readonly identity: LedgerIdentity; readonly attempts: Attempts },
  ): Promise<void> {
    if (failure.cause instanceof LedgerRefusal) throw failure.cause;
    const row = retryRowFor(failure);
    const { log, counts } = this.#deps;
    // A refusal is an answer: it is counted, and nobody needs to hear of it.
    if (row.action === 'contract-refused') counts.add(row.id);
    else noteFailure(log, counts, row, { peer: at.peer, failure });
    await this.#refuse(row, failure, at.identity);
    const pauseMs = this.#pauseMs(row, at);
    if (pauseMs === null || !(await at.attempts.pause(pauseMs))) throw unavailable(row, failure);
  }

  async #refuse(row: RetryRow, failure: GatewayFailure, identity: LedgerIdentity): Promise<void> {
    switch (row.action) {
      case 'contract-refused':
        throw refusalOf(failure);
      case 'access-refused':
        throw await this.#deps.access.diagnose(identity);
      case 'refused':
        throw new LedgerRefusal('REFUSED_BY_NETWORK', row.id);
      case 'already-committed':
        throw new LedgerRefusal('DUPLICATE_TRANSACTION', 'the transaction is already in a block');
      default:
    }
  }

  /** @returns ms before the next try, null for no further one */
  #pauseMs(
    row: RetryRow,
    { peer, attempts }: { readonly peer: Peer; readonly attempts: Attempts },
  ): number | null {
    switch (row.action) {
      case 'other-peer': {
        this.#deps.peers.rest(peer, REST_MS);
        attempts.tried.add(peer.name);
        if (attempts.tried.size < this.#deps.peers.all.length) return 0;
        attempts.tried.clear();
        return attempts.backoffMs();
      }
      case 'new-proposal':
        return attempts.shortMs();
      case 'once-more':
        attempts.tried.add(peer.name);
        // A peer that lags behind is most of what this is met for.
        return attempts.takeOnceMore() ? attempts.shortMs() : null;
      default:
        return attempts.backoffMs();
    }
  }
}

/** The contract's own words, out of the first peer's that has any. */
function refusalOf(failure: GatewayFailure): LedgerRefusal {
  const words = [...failure.details, failure.message].map((text) => CONTRACT_WORDS.exec(text)?.[1]);
  return knownRefusal(words.find((text) => text !== undefined) ?? wordsOf(failure));
}

/** Contract and function are looked up by the shim on a peer, whose words are not the embedded ledger's. */
function knownRefusal(words: string): LedgerRefusal {
  const contract = /^Contract name is not known: ?(.*)$/.exec(words)?.[1];
  if (contract !== undefined)
    return new LedgerRefusal('UNKNOWN_CONTRACT', `no contract ${contract} is deployed`, { contract });
  const name = /^You've asked to invoke a function that does not exist: (.*)$/.exec(words)?.[1];
  if (name === undefined) return contractRefusal(words);
  const [of = '', fn = ''] = name.split(':');
  return new LedgerRefusal('UNKNOWN_FUNCTION', `${of} has no function ${fn}`, { contract: of, fn });
}

function unavailable(row: RetryRow, failure: GatewayFailure): LedgerUnavailable {
  const cause = failure.cause instanceof Error ? failure.cause : undefined;
  return new LedgerUnavailable(`the network cannot take this now: ${row.id}`, { cause });
}
