/** What the channel's own query contract (qscc) knows: height, blocks, and where a transaction stands. */
import { createHash, verify, X509Certificate } from 'node:crypto';
import { common } from '@hyperledger/fabric-protos';
import {
  LedgerRefusal,
  type LedgerBlock,
  type LedgerIdentity,
  type TransactionProof,
  type TransactionStatus,
} from '../ledger.port.ts';
import { configPlace, decodeFabricBlock } from './block.decoder.ts';
import { verifyBlock } from './block-hash.ts';
import type { Proposer } from './proposer.ts';
import { readCreator } from './transaction.decoder.ts';

const QSCC = 'qscc';
const SYSTEM_CONTRACT = 'org.hyperledger.fabric';

/** What the queries work with. */
export interface ChainQueriesDeps {
  readonly channel: string;
  readonly chaincode: string;
  readonly proposer: Proposer;
  readonly reader: () => LedgerIdentity;
}

/** The height of the channel and the hash of its last block, lower-case hex. */
export interface ChainHeight {
  readonly height: number;
  readonly currentBlockHash: string;
}

/** Asks as the platform's reader; every block read is held against its own header. */
export class ChainQueries {
  readonly #deps: ChainQueriesDeps;
  #contracts: Promise<readonly string[]> | null = null;

  constructor(deps: ChainQueriesDeps) {
    this.#deps = deps;
  }

  async height(): Promise<ChainHeight> {
    const info = common.BlockchainInfo.deserializeBinary(await this.#ask('GetChainInfo'));
    return {
      height: info.getHeight(),
      currentBlockHash: Buffer.from(info.getCurrentblockhash_asU8()).toString('hex'),
    };
  }

  /** Names of the deployed contracts; asked once. */
  async contracts(): Promise<readonly string[]> {
    this.#contracts ??= this.#readContracts();
    try {
      return await this.#contracts;
    } catch (error) {
      this.#contracts = null;
      throw error;
    }
  }

  /** A block, null when the height is not reached. @throws DamagedBlock */
  async block(number: number): Promise<LedgerBlock | null> {
    const raw = await this.#rawBlock('GetBlockByNumber', String(number));
    return raw && decodeFabricBlock(raw, this.#deps.chaincode);
  }

  async status(transactionId: string): Promise<TransactionStatus> {
    const found = await this.#find(transactionId);
    if (found === null) return { transactionId, state: 'unknown' };
    const { number, transactions } = decodeFabricBlock(found.raw, this.#deps.chaincode);
    const code = transactions[found.index]?.code ?? 'INVALID';
    return { transactionId, state: 'committed', code, blockNumber: number };
  }

  /**
   * A transaction in its block. Fabric hashes a block's content as a whole, so there is no Merkle path: the proof is
   * that the content hashes to the header, and that the creator signed the transaction.
   */
  async proof(transactionId: string): Promise<TransactionProof | null> {
    const found = await this.#find(transactionId);
    if (found === null) return null;
    const { transactions, ...block } = decodeFabricBlock(found.raw, this.#deps.chaincode);
    const bytes = found.raw.getData()?.getDataList_asU8()[found.index];
    const transaction = transactions[found.index];
    if (bytes === undefined || transaction === undefined) return null;
    const leafHash = createHash('sha256').update(bytes).digest('hex');
    return { block, index: found.index, leafHash, path: [], verified: isSignedByCreator(bytes), transaction };
  }

  async #find(transactionId: string): Promise<{ readonly raw: common.Block; readonly index: number } | null> {
    const config = configPlace(transactionId);
    if (config !== null) {
      const raw = await this.#rawBlock('GetBlockByNumber', String(config.block));
      return raw && { raw, index: config.index };
    }
    const raw = await this.#rawBlock('GetBlockByTxID', transactionId);
    if (raw === null) return null;
    const { transactions } = decodeFabricBlock(raw, this.#deps.chaincode);
    const index = transactions.findIndex((one) => one.transactionId === transactionId);
    return index < 0 ? null : { raw, index };
  }

  async #rawBlock(fn: string, arg: string): Promise<common.Block | null> {
    try {
      const block = common.Block.deserializeBinary(await this.#ask(fn, arg));
      verifyBlock(block);
      return block;
    } catch (error) {
      // The query contract refuses what it does not have.
      if (error instanceof LedgerRefusal && error.code === 'CONTRACT_ERROR') return null;
      throw error;
    }
  }

  #ask(fn: string, ...args: readonly string[]): Promise<Uint8Array> {
    const { proposer, reader, channel } = this.#deps;
    return proposer.evaluate({ chaincode: QSCC, name: fn, args: [channel, ...args] }, reader());
  }

  async #readContracts(): Promise<readonly string[]> {
    const { proposer, reader, chaincode } = this.#deps;
    const name = `${SYSTEM_CONTRACT}:GetMetadata`;
    const answer = await proposer.evaluate({ chaincode, name, args: [] }, reader());
    const { contracts } = JSON.parse(Buffer.from(answer).toString()) as { contracts: object };
    return Object.keys(contracts).filter((each) => each !== SYSTEM_CONTRACT);
  }
}

function isSignedByCreator(bytes: Uint8Array): boolean {
  try {
    const envelope = common.Envelope.deserializeBinary(bytes);
    const payload = envelope.getPayload_asU8();
    const header = common.Payload.deserializeBinary(payload).getHeader();
    const signer = common.SignatureHeader.deserializeBinary(
      header?.getSignatureHeader_asU8() ?? new Uint8Array(),
    );
    const { certificate } = readCreator(signer.getCreator_asU8());
    return verify(
      'sha256',
      payload,
      new X509Certificate(certificate).publicKey,
      envelope.getSignature_asU8(),
    );
  } catch {
    return false;
  }
}
