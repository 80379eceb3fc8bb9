/** The ledger behind the stand-in: the embedded ledger's own parts, with Fabric's two steps of endorsing and ordering. */
import { join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import { status } from '@grpc/grpc-js';
import { common } from '@hyperledger/fabric-protos';
import { BlockFeed } from '../../../src/blockchain/embedded/block-feed.ts';
import { BlockFile } from '../../../src/blockchain/embedded/block-file.ts';
import { Committer } from '../../../src/blockchain/embedded/committer.ts';
import { Dispatcher, type ContractClass } from '../../../src/blockchain/embedded/dispatcher.ts';
import { EmbeddedStub } from '../../../src/blockchain/embedded/embedded-stub.ts';
import { readHistory } from '../../../src/blockchain/embedded/key-history.ts';
import {
  hasSigned,
  Membership,
  type Member,
  type MspRoots,
} from '../../../src/blockchain/embedded/membership.ts';
import { encodeProposal } from '../../../src/blockchain/embedded/proposal.codec.ts';
import { recover } from '../../../src/blockchain/embedded/recovery.ts';
import { Simulation } from '../../../src/blockchain/embedded/simulation.ts';
import { StateStore } from '../../../src/blockchain/embedded/state-store.ts';
import { StateViews } from '../../../src/blockchain/embedded/state-views.ts';
import { bodyHash, byteToCode, encodeBody } from '../../../src/blockchain/embedded/transaction.codec.ts';
import { withLowS } from '../../../src/blockchain/fabric/signature.ts';
import { LedgerRefusal } from '../../../src/blockchain/ledger.port.ts';
import { codeNumber, FabricBlocks } from './fabric-blocks.ts';
import { readEndorsed, type Simulated } from './fabric-endorsement.ts';
import { readHeader, type FabricProposal } from './fabric-proposal.ts';
import { GatewayFault, type Switches } from './switches.ts';

/** Name under which the stand-in's contracts are deployed. */
export const CHAINCODE = 'contracts';
const CLOCK_TOLERANCE_MS = 15 * 60_000;

/** How the chain is opened. */
export interface ChainOptions {
  readonly folder: string;
  readonly channel: string;
  readonly contracts: readonly ContractClass[];
  readonly mspRoots: MspRoots;
  readonly switches: Switches;
}

interface Parts {
  readonly store: StateStore;
  readonly file: BlockFile;
  readonly feed: BlockFeed;
  readonly committer: Committer;
  readonly views: StateViews;
  readonly dispatcher: Dispatcher;
}

/** Opened chain. */
export class StandInChain {
  readonly options: ChainOptions;
  readonly blocks: FabricBlocks;
  readonly membership: Membership;
  readonly #parts: Parts;
  /** Number of blocks each endorsed transaction has seen. */
  readonly #bases = new Map<string, number>();
  /** Codes that a switch gave to transactions. */
  readonly #codes = new Map<string, number>();

  private constructor(options: ChainOptions, parts: Parts, membership: Membership) {
    this.options = options;
    this.#parts = parts;
    this.membership = membership;
    this.blocks = new FabricBlocks(
      options.channel,
      (number) => parts.feed.read(number),
      (id, code) => this.#codes.get(id) ?? codeNumber(code),
    );
  }

  static async open(options: ChainOptions, revoked: readonly string[]): Promise<StandInChain> {
    await mkdir(options.folder, { recursive: true });
    const file = await BlockFile.open(join(options.folder, 'blocks.chain'));
    const store = await StateStore.open(join(options.folder, 'state'), { shared: false, chain: file });
    const { head } = await recover(file, store, options.channel);
    const feed = new BlockFeed(file, store, head.height);
    const committer = new Committer(
      {
        channel: options.channel,
        file,
        store,
        now: Date.now,
        running: () => 0,
        onBlock: (number) => feed.push(number),
        onFailure: () => undefined,
      },
      head,
    );
    const dispatcher = new Dispatcher(options.contracts);
    const parts = { store, file, feed, committer, views: new StateViews(store), dispatcher };
    return new StandInChain(options, parts, new Membership(options.mspRoots, revoked));
  }

  /** Number of blocks as Fabric counts them. */
  get height(): number {
    return this.#parts.committer.head.height + 1;
  }

  /** Waits until block `number` is there. @returns false when the signal aborted before */
  waitFor(number: number, signal: AbortSignal): Promise<boolean> {
    return number === 0 ? Promise.resolve(true) : this.#parts.feed.waitFor(number - 1, signal);
  }

  /** Checks and simulates. @throws GatewayFault as a gateway gives it */
  async simulate(proposal: FabricProposal, phase: 'endorse' | 'evaluate'): Promise<Simulated> {
    this.admit(proposal, phase);
    const { committer, views } = this.#parts;
    const basis = committer.head.height;
    this.#bases.set(proposal.transactionId, basis);
    return views.with(basis, async (view) => {
      if (phase === 'endorse' && view.store.transaction(proposal.transactionId, view.snapshot)) {
        throw failed(status.ABORTED, `duplicate transaction found [${proposal.transactionId}]`);
      }
      const simulation = new Simulation(view);
      try {
        const stub = new EmbeddedStub(
          {
            transactionId: proposal.transactionId,
            channel: proposal.channel,
            args: proposal.args,
            creator: { mspid: proposal.mspId, idBytes: Buffer.from(proposal.certificate) },
            timestampMs: proposal.timestampMs,
          },
          simulation,
          (key) => readHistory(key, view, this.#parts.file),
        );
        return { result: await this.#parts.dispatcher.invoke(stub), set: simulation.finish() };
      } catch (error) {
        throw contractFault(error, phase);
      } finally {
        await simulation.close();
      }
    });
  }

  /** The access rules of a channel, in a peer's words. @throws GatewayFault */
  admit(
    who: Pick<FabricProposal, 'mspId' | 'certificate' | 'bytes' | 'signature'> & { timestampMs?: number },
    phase: 'endorse' | 'evaluate',
  ): void {
    const member = this.membership.find(who);
    const denied = `access denied: channel [${this.options.channel}] creator org [${who.mspId}]`;
    const deniedCode = phase === 'endorse' ? status.ABORTED : status.FAILED_PRECONDITION;
    if (
      !member ||
      this.membership.isRevoked(member.serial) ||
      !signedAsFabricWants(member, who.bytes, who.signature)
    )
      throw failed(deniedCode, denied);
    if (Date.now() > member.notAfterMs)
      throw failed(
        phase === 'endorse' ? status.ABORTED : status.UNAVAILABLE,
        'proposal client identity expired',
      );
    if (who.timestampMs !== undefined && Math.abs(who.timestampMs - Date.now()) > CLOCK_TOLERANCE_MS)
      throw failed(status.ABORTED, 'incorrect timestamp');
  }

  /** Checks the envelope and hands it to ordering, without waiting for its block. @throws GatewayFault */
  order(envelope: common.Envelope): void {
    const bytes = envelope.getPayload_asU8();
    const payload = common.Payload.deserializeBinary(bytes);
    const header = readHeader(payload.getHeader()!);
    const member = this.membership.find(header);
    const refused =
      !member ||
      this.membership.isRevoked(member.serial) ||
      !signedAsFabricWants(member, bytes, envelope.getSignature_asU8());
    if (refused)
      throw new GatewayFault({
        code: status.ABORTED,
        message: 'failed to submit transaction to orderer: received unsuccessful response: status=FORBIDDEN',
      });
    const code = this.options.switches.takeCode();
    const simulated = readEndorsed(payload);
    if (code !== null) this.#codes.set(header.transactionId, code);
    const set = code === null ? simulated.set : { reads: [], ranges: [], writes: [], event: null };
    const body = encodeBody({
      proposal: encodeProposal({
        kind: 'submit',
        channel: header.channel,
        call: { contract: '', fn: '', args: [] },
        nonce: header.nonce,
        creator: header.creator,
        timestampMs: header.timestampMs,
      }),
      signature: Buffer.from(envelope.serializeBinary()),
      result: simulated.result,
      ...set,
    });
    const basis = this.#bases.get(header.transactionId) ?? 0;
    const { transactionId } = header;
    const ordered = { kind: 'endorsed', transactionId, serial: member.serial, basis } as const;
    // A copy of what is ordered already is dropped; conflicts stand in the block.
    this.#parts.committer.order({ ...ordered, body, bodyHash: bodyHash(body) }).catch(() => undefined);
  }

  /** Code and block of a transaction, null while it is in none. */
  status(
    transactionId: string,
  ): { readonly code: number; readonly block: number; readonly index: number } | null {
    const place = this.#parts.store.transaction(transactionId);
    if (!place) return null;
    const code = this.#codes.get(transactionId) ?? codeNumber(byteToCode(place.codeByte));
    return { code, block: place.block + 1, index: place.index };
  }

  async close(): Promise<void> {
    const { views, committer, feed, store, file } = this.#parts;
    await views.close();
    await committer.drain();
    feed.close();
    await store.close();
    await file.close();
  }
}

/** A peer takes the lower of the two possible S alone. */
function signedAsFabricWants(member: Member, message: Uint8Array, signature: Uint8Array): boolean {
  return withLowS(signature) === signature && hasSigned(member, message, signature);
}

function failed(code: status, words: string): GatewayFault {
  return new GatewayFault({
    code,
    message: 'failed to endorse transaction, see attached details for more info',
    details: [words],
  });
}

/** The dispatcher has read the contract's words already; a peer hands them on as they were. */
function contractFault(error: unknown, phase: 'endorse' | 'evaluate'): unknown {
  if (error instanceof GatewayFault) return error;
  if (!(error instanceof Error)) return error;
  const words =
    error instanceof LedgerRefusal && error.code !== 'CONTRACT_ERROR'
      ? JSON.stringify({ code: error.code, message: error.message, details: error.details })
      : error.message;
  return failed(phase === 'endorse' ? status.ABORTED : status.UNKNOWN, `chaincode response 500, ${words}`);
}
