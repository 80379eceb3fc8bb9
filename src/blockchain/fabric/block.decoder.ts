/** From a Fabric block to the port's block: transactions with creators, endorsers, read and write sets and codes. */
import { common } from '@hyperledger/fabric-protos';
import type { LedgerBlock, LedgerTransaction, ValidationCode } from '../ledger.port.ts';
import { CHANNEL_CONFIG } from '../ledger.port.ts';
import { blockHash, DamagedBlock } from './block-hash.ts';
import { decodeEndorserTransaction, readCreator } from './transaction.decoder.ts';

/** Codes that the platform tells apart; every other one is INVALID. */
const CODES: Readonly<Record<number, ValidationCode>> = {
  0: 'VALID',
  4: 'BAD_SIGNATURE',
  9: 'DUPLICATE_TXID',
  10: 'ENDORSEMENT_POLICY_FAILURE',
  11: 'MVCC_READ_CONFLICT',
  12: 'PHANTOM_READ_CONFLICT',
};
const NOT_VALIDATED = 254;

/** @param code a Fabric validation code */
export function validationCode(code: number): ValidationCode {
  return CODES[code] ?? 'INVALID';
}

/** @param configId the id under which a change of the channel is shown, as `configTransactionId` makes it */
export function configPlace(configId: string): { readonly block: number; readonly index: number } | null {
  const [, block, index] = /^config-(\d{1,15})-(\d{1,6})$/.exec(configId) ?? [];
  return block === undefined ? null : { block: Number(block), index: Number(index) };
}

/** The id of a change of the channel, which has none of its own. */
export function configTransactionId(block: number, index: number): string {
  return `config-${block}-${index}`;
}

/**
 * Decodes a block.
 * @param chaincode name under which the contracts are deployed: reads and writes of its name space are shown
 * @throws DamagedBlock when the bytes are no block
 */
export function decodeFabricBlock(block: common.Block, chaincode: string): LedgerBlock {
  const header = block.getHeader();
  if (!header) throw new DamagedBlock('a block without a header');
  const number = header.getNumber();
  const filter =
    block.getMetadata()?.getMetadataList_asU8()[common.BlockMetadataIndex.TRANSACTIONS_FILTER] ??
    new Uint8Array();
  const entries = block.getData()?.getDataList_asU8() ?? [];
  const transactions = entries.map((bytes, index) =>
    decodeEntry(bytes, { block: number, index, code: filter[index] ?? NOT_VALIDATED, chaincode }),
  );
  return {
    number,
    previousHash: hex(header.getPreviousHash_asU8()),
    dataHash: hex(header.getDataHash_asU8()),
    hash: blockHash(header).toString('hex'),
    // A Fabric block has no time of its own: the latest clock among its transactions comes nearest.
    timestampMs: transactions.reduce((latest, { timestampMs }) => Math.max(latest, timestampMs), 0),
    transactions,
  };
}

interface EntryPlace {
  readonly block: number;
  readonly index: number;
  readonly code: number;
  readonly chaincode: string;
}

function decodeEntry(bytes: Uint8Array, place: EntryPlace): LedgerTransaction {
  const envelope = common.Envelope.deserializeBinary(bytes);
  const payload = common.Payload.deserializeBinary(envelope.getPayload_asU8());
  const header = payload.getHeader();
  if (!header) throw new DamagedBlock(`transaction ${place.index} of block ${place.block} has no header`);
  const channelHeader = common.ChannelHeader.deserializeBinary(header.getChannelHeader_asU8());
  const signer = common.SignatureHeader.deserializeBinary(header.getSignatureHeader_asU8());
  const isTransaction = channelHeader.getType() === (common.HeaderType.ENDORSER_TRANSACTION as number);
  const shared = {
    creator: readCreator(signer.getCreator_asU8()),
    timestampMs: channelHeader.getTimestamp()?.toDate().getTime() ?? 0,
    signature: Buffer.from(envelope.getSignature_asU8()).toString('base64'),
  };
  if (isTransaction) {
    return {
      ...shared,
      transactionId: channelHeader.getTxId(),
      code: validationCode(place.code),
      ...decodeEndorserTransaction(payload.getData_asU8(), place.chaincode),
    };
  }
  return {
    ...shared,
    ...EMPTY,
    transactionId: configTransactionId(place.block, place.index),
    // A change of the channel stands in a block only when it was valid; the first block carries no code.
    code: place.code === NOT_VALIDATED ? 'VALID' : validationCode(place.code),
    contract: CHANNEL_CONFIG,
    fn: 'update',
  };
}

const EMPTY = { args: [], result: '', reads: [], writes: [], event: null, endorsers: [] } as const;

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
