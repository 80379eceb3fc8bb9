/** The embedded ledger's blocks in Fabric's form, behind a first block that holds the channel's configuration. */
import { common } from '@hyperledger/fabric-protos';
import { decodeBlock } from '../../../src/blockchain/embedded/block.codec.ts';
import { decodeBody } from '../../../src/blockchain/embedded/transaction.codec.ts';
import { blockDataHash, blockHash } from '../../../src/blockchain/fabric/block-hash.ts';
import type { ValidationCode } from '../../../src/blockchain/ledger.port.ts';
import { envelopeOf } from './fabric-endorsement.ts';

const CODES: Partial<Record<ValidationCode, number>> = {
  VALID: 0,
  BAD_SIGNATURE: 4,
  DUPLICATE_TXID: 9,
  MVCC_READ_CONFLICT: 11,
  PHANTOM_READ_CONFLICT: 12,
};

/** Fabric's number of a validation code. */
export function codeNumber(code: ValidationCode): number {
  return CODES[code] ?? 255;
}

/** Makes blocks in order and remembers their hashes. */
export class FabricBlocks {
  readonly #channel: string;
  readonly #read: (number: number) => Promise<Buffer | null>;
  readonly #codeOf: (transactionId: string, code: ValidationCode) => number;
  readonly #hashes: Buffer[] = [];

  /**
   * @param read bytes of the embedded ledger's block
   * @param codeOf the validation code a transaction is shown with
   */
  constructor(
    channel: string,
    read: (number: number) => Promise<Buffer | null>,
    codeOf: (transactionId: string, code: ValidationCode) => number,
  ) {
    this.#channel = channel;
    this.#read = read;
    this.#codeOf = codeOf;
  }

  /** Block by Fabric's number, null when the height is not reached. */
  async block(number: number): Promise<common.Block | null> {
    const previous = number === 0 ? Buffer.alloc(0) : await this.#hashOf(number - 1);
    if (previous === null) return null;
    const content = number === 0 ? this.#configuration() : await this.#content(number);
    if (content === null) return null;
    const block = new common.Block();
    const header = new common.BlockHeader();
    header.setNumber(number);
    header.setPreviousHash(previous);
    header.setDataHash(blockDataHash(content.entries));
    this.#hashes[number] = blockHash(header);
    const data = new common.BlockData();
    data.setDataList([...content.entries]);
    const metadata = new common.BlockMetadata();
    metadata.setMetadataList([
      new Uint8Array(),
      new Uint8Array(),
      Uint8Array.from(content.codes),
      new Uint8Array(),
    ]);
    block.setHeader(header);
    block.setData(data);
    block.setMetadata(metadata);
    return block;
  }

  async #hashOf(number: number): Promise<Buffer | null> {
    for (let next = this.#hashes.length; next <= number; next++)
      if ((await this.block(next)) === null) return null;
    return this.#hashes[number] ?? null;
  }

  async #content(number: number): Promise<{ entries: Uint8Array[]; codes: number[] } | null> {
    const bytes = await this.#read(number - 1);
    if (bytes === null) return null;
    const entries: Uint8Array[] = [];
    const codes: number[] = [];
    for (const { body, code } of decodeBlock(bytes).entries) {
      const envelope = decodeBody(body).signature;
      entries.push(envelope);
      codes.push(this.#codeOf(transactionIdOf(envelope), code));
    }
    return { entries, codes };
  }

  #configuration(): { entries: Uint8Array[]; codes: number[] } {
    const channelHeader = new common.ChannelHeader();
    channelHeader.setType(common.HeaderType.CONFIG);
    channelHeader.setChannelId(this.#channel);
    const header = new common.Header();
    header.setChannelHeader(channelHeader.serializeBinary());
    header.setSignatureHeader(new common.SignatureHeader().serializeBinary());
    const envelope = envelopeOf(header, new common.ConfigEnvelope().serializeBinary());
    return { entries: [envelope.serializeBinary()], codes: [0] };
  }
}

function transactionIdOf(envelope: Uint8Array): string {
  const payload = common.Payload.deserializeBinary(
    common.Envelope.deserializeBinary(envelope).getPayload_asU8(),
  );
  return common.ChannelHeader.deserializeBinary(payload.getHeader()!.getChannelHeader_asU8()).getTxId();
}
