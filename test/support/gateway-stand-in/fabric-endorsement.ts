/** What a simulation read and wrote, in Fabric's form and back: the prepared transaction of an endorsement. */
import { createHash } from 'node:crypto';
import { common, ledger, peer } from '@hyperledger/fabric-protos';
import type { ReadWriteSet, RangeRead } from '../../../src/blockchain/embedded/transaction.codec.ts';
import type { LedgerIdentity, LedgerRead } from '../../../src/blockchain/ledger.port.ts';
import { identityBytes, type FabricProposal } from './fabric-proposal.ts';

const { kvrwset } = ledger.rwset;
/** Block 0 of the stand-in is the channel's configuration, so that its block n holds the embedded ledger's n - 1. */
const CONFIG_BLOCKS = 1;

/** What a simulation came to. */
export interface Simulated {
  readonly set: ReadWriteSet;
  readonly result: string;
}

/** The transaction with the endorsements of these peers, to be signed by its creator. */
export async function preparedTransaction(
  proposal: FabricProposal,
  simulated: Simulated,
  peers: readonly LedgerIdentity[],
): Promise<common.Envelope> {
  const response = new peer.ProposalResponsePayload();
  response.setProposalHash(createHash('sha256').update(proposal.bytes).digest());
  response.setExtension$(chaincodeAction(proposal, simulated).serializeBinary());
  const endorsed = new peer.ChaincodeEndorsedAction();
  endorsed.setProposalResponsePayload(response.serializeBinary());
  endorsed.setEndorsementsList(
    await Promise.all(peers.map((one) => endorse(one, response.serializeBinary()))),
  );
  const actionPayload = new peer.ChaincodeActionPayload();
  actionPayload.setChaincodeProposalPayload(proposal.payload);
  actionPayload.setAction(endorsed);
  const action = new peer.TransactionAction();
  action.setHeader(proposal.header.getSignatureHeader_asU8());
  action.setPayload(actionPayload.serializeBinary());
  const transaction = new peer.Transaction();
  transaction.setActionsList([action]);
  return envelopeOf(proposal.header, transaction.serializeBinary());
}

/** An envelope without a signature. */
export function envelopeOf(header: common.Header, data: Uint8Array): common.Envelope {
  const payload = new common.Payload();
  payload.setHeader(header);
  payload.setData(data);
  const envelope = new common.Envelope();
  envelope.setPayload(payload.serializeBinary());
  return envelope;
}

async function endorse(identity: LedgerIdentity, response: Uint8Array): Promise<peer.Endorsement> {
  const endorser = identityBytes(identity.mspId, identity.certificate);
  const endorsement = new peer.Endorsement();
  endorsement.setEndorser(endorser);
  endorsement.setSignature(await identity.sign(Buffer.concat([response, endorser])));
  return endorsement;
}

function chaincodeAction(proposal: FabricProposal, { set, result }: Simulated): peer.ChaincodeAction {
  const id = new peer.ChaincodeID();
  id.setName(proposal.chaincode);
  const response = new peer.Response();
  response.setStatus(200);
  response.setPayload(Buffer.from(result));
  const space = new ledger.rwset.NsReadWriteSet();
  space.setNamespace(proposal.chaincode);
  space.setRwset(encodeSet(set).serializeBinary());
  const sets = new ledger.rwset.TxReadWriteSet();
  sets.setNsRwsetList([space]);
  const action = new peer.ChaincodeAction();
  action.setChaincodeId(id);
  action.setResponse(response);
  action.setResults(sets.serializeBinary());
  if (set.event) {
    const event = new peer.ChaincodeEvent();
    event.setChaincodeId(proposal.chaincode);
    event.setTxId(proposal.transactionId);
    event.setEventName(set.event.name);
    event.setPayload(Buffer.from(set.event.payload));
    action.setEvents(event.serializeBinary());
  }
  return action;
}

function encodeSet(set: ReadWriteSet): ledger.rwset.kvrwset.KVRWSet {
  const encoded = new kvrwset.KVRWSet();
  encoded.setReadsList(set.reads.map(encodeRead));
  encoded.setRangeQueriesInfoList(set.ranges.map(encodeRange));
  encoded.setWritesList(
    set.writes.map(({ key, value }) => {
      const write = new kvrwset.KVWrite();
      write.setKey(key);
      write.setIsDelete(value === null);
      if (value !== null) write.setValue(value);
      return write;
    }),
  );
  return encoded;
}

function encodeRead({ key, version }: LedgerRead): ledger.rwset.kvrwset.KVRead {
  const read = new kvrwset.KVRead();
  read.setKey(key);
  if (version) {
    const at = new kvrwset.Version();
    at.setBlockNum(version[0] + CONFIG_BLOCKS);
    at.setTxNum(version[1]);
    read.setVersion(at);
  }
  return read;
}

function encodeRange(range: RangeRead): ledger.rwset.kvrwset.RangeQueryInfo {
  const info = new kvrwset.RangeQueryInfo();
  info.setStartKey(range.start);
  info.setEndKey(range.end);
  info.setItrExhausted(range.exhausted);
  const reads = new kvrwset.QueryReads();
  reads.setKvReadsList(range.seen.map(encodeRead));
  info.setRawReads(reads);
  return info;
}

/** A submitted transaction's sets and result, out of its envelope. */
export function readEndorsed(payload: common.Payload): Simulated {
  const [action] = peer.Transaction.deserializeBinary(payload.getData_asU8()).getActionsList();
  const endorsed = peer.ChaincodeActionPayload.deserializeBinary(action!.getPayload_asU8()).getAction()!;
  const response = peer.ProposalResponsePayload.deserializeBinary(endorsed.getProposalResponsePayload_asU8());
  const chaincode = peer.ChaincodeAction.deserializeBinary(response.getExtension_asU8());
  const [space] = ledger.rwset.TxReadWriteSet.deserializeBinary(chaincode.getResults_asU8()).getNsRwsetList();
  const set = kvrwset.KVRWSet.deserializeBinary(space!.getRwset_asU8());
  const eventBytes = chaincode.getEvents_asU8();
  const event = eventBytes.length > 0 ? peer.ChaincodeEvent.deserializeBinary(eventBytes) : null;
  return {
    result: Buffer.from(chaincode.getResponse()!.getPayload_asU8()).toString(),
    set: {
      reads: set.getReadsList().map(decodeRead),
      ranges: set.getRangeQueriesInfoList().map((range) => ({
        start: range.getStartKey(),
        end: range.getEndKey(),
        exhausted: range.getItrExhausted(),
        seen: (range.getRawReads()?.getKvReadsList() ?? []).map(decodeRead),
      })),
      writes: set.getWritesList().map((write) => ({
        key: write.getKey(),
        value: write.getIsDelete() ? null : Buffer.from(write.getValue_asU8()),
      })),
      event: event && {
        name: event.getEventName(),
        payload: Buffer.from(event.getPayload_asU8()).toString(),
      },
    },
  };
}

function decodeRead(read: ledger.rwset.kvrwset.KVRead): LedgerRead {
  const version = read.getVersion();
  return {
    key: read.getKey(),
    version: version ? [version.getBlockNum() - CONFIG_BLOCKS, version.getTxNum()] : null,
  };
}
