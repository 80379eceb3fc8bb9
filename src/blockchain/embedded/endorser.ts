/** Checks a signed proposal and simulates it on the committed state: what a peer does before ordering. */
import type { SerializedIdentity } from 'fabric-shim-api';
import { LedgerRefusal } from '../ledger.port.ts';
import type { BlockFile } from './block-file.ts';
import type { Dispatcher } from './dispatcher.ts';
import { EmbeddedStub, type HistoryReader } from './embedded-stub.ts';
import { readHistory } from './key-history.ts';
import { hasSigned, type Member, type Membership } from './membership.ts';
import {
  decodeCreator,
  decodeProposal,
  transactionIdOf,
  type Creator,
  type Proposal,
} from './proposal.codec.ts';
import { Simulation, type StateView } from './simulation.ts';
import { bodyHash, encodeBody } from './transaction.codec.ts';

/** A simulated transaction, ready to be ordered. */
export interface Endorsed {
  readonly kind: 'endorsed';
  readonly transactionId: string;
  /** Serial number of the creator's certificate: revocation is looked at once more when ordering. */
  readonly serial: string;
  /** Number of blocks the simulation certainly saw. */
  readonly basis: number;
  readonly body: Buffer;
  readonly bodyHash: Buffer;
}

/** The answer to a query. */
export interface Evaluated {
  readonly kind: 'evaluated';
  readonly result: string;
}

/** What a proposal came to. */
export type Endorsement = Endorsed | Evaluated;

/** A proposal's bytes and its signature, DER. */
export interface SignedBytes {
  readonly proposal: Buffer;
  readonly signature: Buffer;
}

/** What an endorser works with. */
export interface EndorserDeps {
  readonly channel: string;
  readonly dispatcher: Dispatcher;
  readonly membership: Membership;
  readonly blocks: BlockFile;
  readonly now: () => number;
}

interface Admitted {
  readonly proposal: Proposal;
  readonly creator: Creator;
  readonly member: Member;
  readonly transactionId: string;
}

/** Simulates proposals; several may run at a time, each on the state it is given. */
export class Endorser {
  readonly #deps: EndorserDeps;
  readonly #identities = new WeakMap<Creator, SerializedIdentity>();

  constructor(deps: EndorserDeps) {
    this.#deps = deps;
  }

  /** @throws LedgerRefusal from an access rule or the contract */
  async endorse(signed: SignedBytes, view: StateView & { readonly height: number }): Promise<Endorsement> {
    const admitted = this.#admit(signed, view);
    const simulation = new Simulation(view);
    const result = await this.#deps.dispatcher
      .invoke(this.#stub(admitted, simulation, view))
      .finally(() => simulation.close());
    if (admitted.proposal.kind === 'evaluate') return { kind: 'evaluated', result };
    const body = encodeBody({ ...signed, result, ...simulation.finish() });
    return {
      kind: 'endorsed',
      transactionId: admitted.transactionId,
      serial: admitted.member.serial,
      basis: view.height,
      body,
      bodyHash: bodyHash(body),
    };
  }

  #admit(signed: SignedBytes, view: StateView): Admitted {
    const proposal = readProposal(signed.proposal);
    if (proposal.channel !== this.#deps.channel) {
      throw new LedgerRefusal('UNKNOWN_CHANNEL', `this ledger does not hold channel ${proposal.channel}`);
    }
    const creator = readCreator(proposal.creator);
    const member = this.#deps.membership.admit(creator, this.#deps.now());
    if (!hasSigned(member, signed.proposal, signed.signature)) {
      throw new LedgerRefusal('BAD_SIGNATURE', 'the signature does not match the proposal and its creator');
    }
    const transactionId = transactionIdOf(proposal.nonce, proposal.creator);
    if (proposal.kind === 'submit' && view.store.transaction(transactionId, view.snapshot)) {
      throw new LedgerRefusal('DUPLICATE_TRANSACTION', 'the transaction is already in a block', {
        transactionId,
      });
    }
    this.#deps.dispatcher.check(proposal.call);
    return { proposal, creator, member, transactionId };
  }

  #stub(admitted: Admitted, simulation: Simulation, view: StateView): EmbeddedStub {
    const { contract, fn, args } = admitted.proposal.call;
    const history: HistoryReader = (key) => readHistory(key, view, this.#deps.blocks);
    const transaction = {
      transactionId: admitted.transactionId,
      channel: this.#deps.channel,
      args: [`${contract}:${fn}`, ...args],
      creator: this.#identity(admitted.creator),
      timestampMs: admitted.proposal.timestampMs,
    };
    return new EmbeddedStub(transaction, simulation, history);
  }

  /** One object for each creator, so that what was read from its certificate can be kept beside it. */
  #identity(creator: Creator): SerializedIdentity {
    let identity = this.#identities.get(creator);
    if (!identity) {
      identity = { mspid: creator.mspId, idBytes: Buffer.from(creator.certificate) };
      this.#identities.set(creator, identity);
    }
    return identity;
  }
}

function readProposal(bytes: Buffer): Proposal {
  try {
    return decodeProposal(bytes);
  } catch {
    throw new LedgerRefusal('BAD_PROPOSAL', 'the proposal cannot be read');
  }
}

function readCreator(bytes: Buffer): Creator {
  try {
    return decodeCreator(bytes);
  } catch {
    throw new LedgerRefusal('UNKNOWN_CERTIFICATE', 'the creator cannot be read');
  }
}
