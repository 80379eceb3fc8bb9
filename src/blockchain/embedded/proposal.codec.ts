/** The proposal: the exact bytes a caller signs, and the transaction id that follows from them. */
import { hash, randomBytes } from 'node:crypto';
import { ByteReader, ByteWriter } from './bytes.codec.ts';
import type { LedgerCall, LedgerIdentity } from '../ledger.port.ts';

const FORMAT = 1;
const NONCE_BYTES = 24;
const KINDS = ['submit', 'evaluate'] as const;

/** Whether the caller wants a transaction or an answer; signed, so that a query cannot be replayed as a transaction. */
export type ProposalKind = (typeof KINDS)[number];

/** What a caller asks for. */
export interface Proposal {
  readonly kind: ProposalKind;
  readonly channel: string;
  readonly call: LedgerCall;
  /** 24 random bytes; together with the creator they make the transaction id. */
  readonly nonce: Buffer;
  /** Protobuf SerializedIdentity, as Fabric encodes it. */
  readonly creator: Buffer;
  /** The caller's clock, ms since epoch. */
  readonly timestampMs: number;
}

/** A proposal with its signature, ready to be sent. */
export interface SignedProposal {
  readonly transactionId: string;
  readonly proposal: Buffer;
  /** ECDSA P-256 over SHA-256, DER. */
  readonly signature: Buffer;
}

/** Who made a proposal. */
export interface Creator {
  readonly mspId: string;
  readonly certificate: string;
}

/** The most creators that are kept decoded. */
const KNOWN_CREATORS = 10_000;
const knownCreators = new Map<string, Creator>();

const proposalWriter = new ByteWriter();

/** The bytes of a proposal; the same fields always give the same bytes. */
export function encodeProposal(proposal: Proposal): Buffer {
  const writer = proposalWriter.reset();
  writer.byte(FORMAT);
  writer.byte(KINDS.indexOf(proposal.kind));
  writer.text(proposal.channel);
  writer.text(proposal.call.contract);
  writer.text(proposal.call.fn);
  writer.varint(proposal.call.args.length);
  for (const arg of proposal.call.args) writer.text(arg);
  writer.bytes(proposal.nonce);
  writer.bytes(proposal.creator);
  writer.varint(proposal.timestampMs);
  return writer.finish();
}

/** @throws RangeError when the bytes are not a proposal of this format */
export function decodeProposal(bytes: Buffer): Proposal {
  const reader = new ByteReader(bytes);
  if (reader.byte() !== FORMAT) throw new RangeError('unknown proposal format');
  const kind = KINDS[reader.byte()];
  if (kind === undefined) throw new RangeError('unknown proposal kind');
  const channel = reader.text();
  const contract = reader.text();
  const fn = reader.text();
  const count = reader.varint();
  const args: string[] = [];
  for (let index = 0; index < count; index++) args.push(reader.text());
  const proposal = {
    kind,
    channel,
    call: { contract, fn, args },
    nonce: reader.bytes(),
    creator: reader.bytes(),
    timestampMs: reader.varint(),
  };
  if (!reader.done) throw new RangeError('bytes after the end of the proposal');
  return proposal;
}

/** Protobuf SerializedIdentity { mspid = 1, id_bytes = 2 }, so that transaction ids are made from the bytes Fabric uses. */
export function encodeCreator(creator: Creator): Buffer {
  const writer = new ByteWriter();
  writer.byte(0x0a);
  writer.text(creator.mspId);
  writer.byte(0x12);
  writer.text(creator.certificate);
  return writer.finish();
}

/** The same object for the same bytes, since every transaction carries a whole certificate. @throws RangeError when the bytes are not a SerializedIdentity */
export function decodeCreator(bytes: Buffer): Creator {
  const key = bytes.latin1Slice();
  let creator = knownCreators.get(key);
  if (!creator) {
    if (knownCreators.size >= KNOWN_CREATORS) knownCreators.clear();
    knownCreators.set(key, (creator = readCreator(bytes)));
  }
  return creator;
}

function readCreator(bytes: Buffer): Creator {
  const reader = new ByteReader(bytes);
  if (reader.byte() !== 0x0a) throw new RangeError('the creator has no MSP id');
  const mspId = reader.text();
  if (reader.byte() !== 0x12) throw new RangeError('the creator has no certificate');
  return { mspId, certificate: reader.text() };
}

/** Fabric's transaction id: SHA-256 over nonce and creator, lower-case hex. */
export function transactionIdOf(nonce: Buffer, creator: Buffer): string {
  return hash('sha256', Buffer.concat([nonce, creator]), 'hex');
}

/** Random bytes are drawn for many nonces at a time: each draw costs far more than its bytes. */
const NONCES_DRAWN = 256;
let drawn = Buffer.alloc(0);

function newNonce(): Buffer {
  if (drawn.length === 0) drawn = randomBytes(NONCE_BYTES * NONCES_DRAWN);
  const nonce = drawn.subarray(0, NONCE_BYTES);
  drawn = drawn.subarray(NONCE_BYTES);
  return nonce;
}

/** Where a proposal goes and when it was made. */
export interface ProposalContext {
  readonly kind: ProposalKind;
  readonly channel: string;
  readonly timestampMs: number;
}

/** Makes a proposal with a fresh nonce and has the caller sign it. */
export async function signProposal(
  context: ProposalContext,
  call: LedgerCall,
  identity: LedgerIdentity,
): Promise<SignedProposal> {
  const nonce = newNonce();
  const creator = encodeCreator(identity);
  const proposal = encodeProposal({ ...context, call, nonce, creator });
  const signed = identity.sign(proposal);
  const signature = signed instanceof Promise ? await signed : signed;
  return { transactionId: transactionIdOf(nonce, creator), proposal, signature: Buffer.from(signature) };
}
