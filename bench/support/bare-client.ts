/** The gateway's client library alone: what a transaction costs without the platform's adapter. */
import { credentials, Client } from '@grpc/grpc-js';
import {
  connect,
  EndorseError,
  hash,
  type Gateway,
  type SubmittedTransaction,
} from '@hyperledger/fabric-gateway';
import { withLowS } from '../../src/blockchain/fabric/signature.ts';
import {
  LedgerConflict,
  type Committed,
  type LedgerCall,
  type LedgerIdentity,
} from '../../src/blockchain/ledger.port.ts';
import { validationCode } from '../../src/blockchain/fabric/block.decoder.ts';

/** Where the peers answer. */
export interface BareNetwork {
  readonly channel: string;
  readonly chaincode: string;
  readonly peers: readonly { readonly mspId: string; readonly endpoint: string; readonly tlsRoot: string }[];
}

/** Submits and waits, once, without saving, retrying or failing over; each caller at a peer of his organisation. */
export class BareClient {
  /** Endorsements that were asked for again. */
  endorsementsRepeated = 0;
  readonly #network: BareNetwork;
  readonly #clients: ReadonlyMap<string, Client>;
  readonly #gateways = new Map<LedgerIdentity, Gateway>();

  constructor(network: BareNetwork) {
    this.#network = network;
    this.#clients = new Map(
      network.peers.map(({ mspId, endpoint, tlsRoot }) => [
        mspId,
        new Client(endpoint, credentials.createSsl(Buffer.from(tlsRoot))),
      ]),
    );
  }

  async submit(call: LedgerCall, identity: LedgerIdentity): Promise<Committed> {
    const submitted = await this.#submitAsync(call, identity);
    const { code, blockNumber, transactionId } = await submitted.getStatus();
    if (code !== 0) throw new LedgerConflict(validationCode(code), transactionId);
    return {
      transactionId,
      blockNumber: Number(blockNumber),
      result: Buffer.from(submitted.getResult()).toString(),
    };
  }

  /** Peers that lag behind each other endorse differently; nothing else is tried again. */
  async #submitAsync(
    { contract, fn, args }: LedgerCall,
    identity: LedgerIdentity,
  ): Promise<SubmittedTransaction> {
    const { channel, chaincode } = this.#network;
    const target = this.#gatewayOf(identity).getNetwork(channel).getContract(chaincode, contract);
    for (;;) {
      try {
        return await target.submitAsync(fn, { arguments: [...args] });
      } catch (error) {
        if (
          !(error instanceof EndorseError) ||
          error.details.some((one) => /chaincode response/.test(one.message))
        )
          throw error;
        this.endorsementsRepeated++;
      }
    }
  }

  close(): void {
    for (const client of this.#clients.values()) client.close();
  }

  #gatewayOf(identity: LedgerIdentity): Gateway {
    let gateway = this.#gateways.get(identity);
    if (gateway === undefined) {
      gateway = connect({
        client: this.#clients.get(identity.mspId)!,
        identity: { mspId: identity.mspId, credentials: Buffer.from(identity.certificate) },
        hash: hash.none,
        signer: async (message) => withLowS(await identity.sign(message)),
      });
      this.#gateways.set(identity, gateway);
    }
    return gateway;
  }
}
