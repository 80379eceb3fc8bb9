/** From an endorsed transaction's bytes to its call, result, read and write sets, event and endorsers. */
import { X509Certificate } from 'node:crypto';
import { isUtf8 } from 'node:buffer';
import { ledger, msp, peer } from '@hyperledger/fabric-protos';
import type { LedgerEndorser, LedgerEvent, LedgerTransaction } from '../ledger.port.ts';

const MOST_NAMES = 1000;
const names = new Map<string, string>();

/** What a transaction's data hold; the rest stands in its header. */
export type EndorsedContent = Pick<
  LedgerTransaction,
  'contract' | 'fn' | 'args' | 'result' | 'reads' | 'writes' | 'event'
> & { readonly endorsers: readonly LedgerEndorser[] };

/** MSP and certificate (PEM) out of a SerializedIdentity; empty texts when there is none. */
export function readCreator(bytes: Uint8Array): { readonly mspId: string; readonly certificate: string } {
  const identity = msp.SerializedIdentity.deserializeBinary(bytes);
  return {
    mspId: identity.getMspid(),
    certificate: Buffer.from(identity.getIdBytes_asU8()).toString(),
  };
}

/**
 * @param bytes a serialised peer.Transaction
 * @param chaincode whose name space's reads and writes are wanted
 */
export function decodeEndorserTransaction(bytes: Uint8Array, chaincode: string): EndorsedContent {
  const [action] = peer.Transaction.deserializeBinary(bytes).getActionsList();
  const payload = peer.ChaincodeActionPayload.deserializeBinary(
    action?.getPayload_asU8() ?? new Uint8Array(),
  );
  const endorsed = payload.getAction();
  const response = peer.ProposalResponsePayload.deserializeBinary(
    endorsed?.getProposalResponsePayload_asU8() ?? new Uint8Array(),
  );
  const chaincodeAction = peer.ChaincodeAction.deserializeBinary(response.getExtension_asU8());
  return {
    ...readCall(payload.getChaincodeProposalPayload_asU8(), chaincode),
    result: textOf(chaincodeAction.getResponse()?.getPayload_asU8() ?? new Uint8Array()),
    ...readSets(chaincodeAction.getResults_asU8(), chaincode),
    event: readEvent(chaincodeAction.getEvents_asU8()),
    endorsers: (endorsed?.getEndorsementsList() ?? []).map((one) => endorserOf(one.getEndorser_asU8())),
  };
}

function readCall(bytes: Uint8Array, chaincode: string): Pick<EndorsedContent, 'contract' | 'fn' | 'args'> {
  const proposal = peer.ChaincodeProposalPayload.deserializeBinary(bytes);
  const spec = peer.ChaincodeInvocationSpec.deserializeBinary(proposal.getInput_asU8()).getChaincodeSpec();
  const called = spec?.getChaincodeId()?.getName() ?? '';
  const [first = '', ...args] = (spec?.getInput()?.getArgsList_asU8() ?? []).map(textOf);
  // Fabric's own contracts take protobuf bytes, which are no text to be shown.
  if (called !== chaincode) return { contract: called, fn: first, args: [] };
  const colon = first.indexOf(':');
  return { contract: first.slice(0, Math.max(colon, 0)), fn: first.slice(colon + 1), args };
}

function readSets(bytes: Uint8Array, chaincode: string): Pick<EndorsedContent, 'reads' | 'writes'> {
  const spaces = ledger.rwset.TxReadWriteSet.deserializeBinary(bytes).getNsRwsetList();
  const own = spaces.find((space) => space.getNamespace() === chaincode);
  if (!own) return { reads: [], writes: [] };
  const set = ledger.rwset.kvrwset.KVRWSet.deserializeBinary(own.getRwset_asU8());
  return {
    reads: set.getReadsList().map((read) => {
      const version = read.getVersion();
      return { key: read.getKey(), version: version ? [version.getBlockNum(), version.getTxNum()] : null };
    }),
    writes: set.getWritesList().map((write) => ({
      key: write.getKey(),
      value: write.getIsDelete() ? null : textOf(write.getValue_asU8()),
    })),
  };
}

function readEvent(bytes: Uint8Array): LedgerEvent | null {
  if (bytes.length === 0) return null;
  const event = peer.ChaincodeEvent.deserializeBinary(bytes);
  return { name: event.getEventName(), payload: textOf(event.getPayload_asU8()) };
}

function endorserOf(bytes: Uint8Array): LedgerEndorser {
  const { mspId, certificate } = readCreator(bytes);
  return { mspId, name: commonNameOf(certificate) };
}

/** Peers are few and their certificates come with every transaction, so their names are kept. */
function commonNameOf(certificate: string): string {
  const known = names.get(certificate);
  if (known !== undefined) return known;
  const name = readCommonName(certificate);
  if (names.size >= MOST_NAMES) names.clear();
  names.set(certificate, name);
  return name;
}

function readCommonName(certificate: string): string {
  try {
    return /^CN=(.+)$/m.exec(new X509Certificate(certificate).subject)?.[1] ?? '';
  } catch {
    return '';
  }
}

/** Text; '' for bytes that are none, such as the arguments of Fabric's own contracts. */
function textOf(bytes: Uint8Array): string {
  return isUtf8(bytes) ? Buffer.from(bytes).toString() : '';
}
