/** A Fabric proposal taken apart, as a peer does before it simulates. */
import { common, msp, peer } from '@hyperledger/fabric-protos';

/** What a caller asks for, and the parts of his bytes that the transaction is made from. */
export interface FabricProposal {
  readonly bytes: Uint8Array;
  readonly signature: Uint8Array;
  readonly header: common.Header;
  readonly payload: Uint8Array;
  readonly channel: string;
  readonly transactionId: string;
  readonly timestampMs: number;
  readonly nonce: Buffer;
  /** SerializedIdentity. */
  readonly creator: Buffer;
  readonly mspId: string;
  readonly certificate: string;
  readonly chaincode: string;
  /** Function name, then the arguments. */
  readonly args: readonly string[];
}

/** @throws Error when the bytes are no signed proposal */
export function readProposal(signed: peer.SignedProposal | undefined): FabricProposal {
  if (!signed) throw new Error('no signed proposal');
  const bytes = signed.getProposalBytes_asU8();
  const proposal = peer.Proposal.deserializeBinary(bytes);
  const header = common.Header.deserializeBinary(proposal.getHeader_asU8());
  const payload = peer.ChaincodeProposalPayload.deserializeBinary(proposal.getPayload_asU8());
  const spec = peer.ChaincodeInvocationSpec.deserializeBinary(payload.getInput_asU8()).getChaincodeSpec();
  return {
    bytes,
    signature: signed.getSignature_asU8(),
    header,
    payload: proposal.getPayload_asU8(),
    ...readHeader(header),
    chaincode: spec?.getChaincodeId()?.getName() ?? '',
    args: (spec?.getInput()?.getArgsList_asU8() ?? []).map((arg) => Buffer.from(arg).toString()),
  };
}

/** The parts of a header. */
export function readHeader(
  header: common.Header,
): Pick<
  FabricProposal,
  'channel' | 'transactionId' | 'timestampMs' | 'nonce' | 'creator' | 'mspId' | 'certificate'
> {
  const channelHeader = common.ChannelHeader.deserializeBinary(header.getChannelHeader_asU8());
  const signer = common.SignatureHeader.deserializeBinary(header.getSignatureHeader_asU8());
  return {
    channel: channelHeader.getChannelId(),
    transactionId: channelHeader.getTxId(),
    timestampMs: channelHeader.getTimestamp()?.toDate().getTime() ?? 0,
    nonce: Buffer.from(signer.getNonce_asU8()),
    creator: Buffer.from(signer.getCreator_asU8()),
    ...readIdentity(signer.getCreator_asU8()),
  };
}

/** MSP id and certificate out of a SerializedIdentity. */
export function readIdentity(bytes: Uint8Array): { readonly mspId: string; readonly certificate: string } {
  const identity = msp.SerializedIdentity.deserializeBinary(bytes);
  return { mspId: identity.getMspid(), certificate: Buffer.from(identity.getIdBytes_asU8()).toString() };
}

/** SerializedIdentity of a certificate. */
export function identityBytes(mspId: string, certificate: string): Uint8Array {
  const identity = new msp.SerializedIdentity();
  identity.setMspid(mspId);
  identity.setIdBytes(Buffer.from(certificate));
  return identity.serializeBinary();
}
