/** The retry table: for every way in which a call of the gateway ends, what is done next. The only place that decides it. */
import { status as grpc } from '@grpc/grpc-js';
import { wordsOf, type GatewayFailure, type Phase } from './failure.ts';

/** What is done next. Before the submit a new proposal is safe; after it only the same bytes are. */
export type RetryAction =
  /** The contract's own answer: final. */
  | 'contract-refused'
  /** The channel's access rules: final. */
  | 'access-refused'
  /** Refused for another reason that no repetition changes: final. */
  | 'refused'
  /** The transaction stands in a block already: its status is read. */
  | 'already-committed'
  /** This peer cannot serve: a new proposal over another one, at once. */
  | 'other-peer'
  /** A peer has just died: a new proposal after one to two seconds. */
  | 'new-proposal'
  /** Should not happen: one more try, and an alarm. */
  | 'once-more'
  /** Too few organisations are alive: wait with growing pauses, and an alarm. */
  | 'wait'
  /** The peer is too busy: the same again after growing pauses. */
  | 'back-off'
  /** Nobody knows whether it was taken: the same bytes again. */
  | 'resend'
  /** The status did not come: ask again, over another peer. */
  | 'ask-again'
  /** The status did not come in time: the transaction may be lost; the same bytes again, then ask. */
  | 'resend-and-ask';

/** One row: which failures it is for, and what is done. */
export interface RetryRow {
  readonly id: string;
  readonly phases: readonly Phase[];
  /** gRPC status codes; absent = any. */
  readonly codes?: readonly number[];
  /** Found in the words of peers and gateway; absent = any. */
  readonly words?: RegExp;
  readonly action: RetryAction;
  /** True when an operator should hear of it. */
  readonly alarm?: true;
}

const PROPOSING: readonly Phase[] = ['evaluate', 'endorse'];
const EVERY: readonly Phase[] = ['evaluate', 'endorse', 'submit', 'status'];

/** Rows in the order in which they are tried; the first that fits counts, and the last ones of each phase fit everything. */
export const retryTable: readonly RetryRow[] = [
  {
    // The gateway's own peer has agreed, and another one, which may lag behind it, has refused.
    id: 'other endorser refused',
    phases: ['endorse'],
    words: /chaincode response [45]\d\d[\s\S]*failed to collect enough/,
    action: 'new-proposal',
  },
  {
    id: 'contract refused',
    phases: PROPOSING,
    words: /chaincode response [45]\d\d/,
    action: 'contract-refused',
  },
  { id: 'too many requests', phases: EVERY, words: /too many requests/, action: 'back-off' },
  {
    id: 'chaincode down or slow',
    phases: PROPOSING,
    words: /could not launch chaincode|chaincode stream terminated|timeout expired/,
    action: 'other-peer',
  },
  {
    id: 'access denied',
    phases: PROPOSING,
    words:
      /access denied|client identity expired|creator org unknown|Failed evaluating policy|creator certificate is not valid/,
    action: 'access-refused',
  },
  { id: 'wrong clock', phases: PROPOSING, words: /incorrect timestamp/, action: 'refused', alarm: true },
  {
    id: 'already committed',
    phases: ['endorse'],
    words: /duplicate transaction found/,
    action: 'already-committed',
  },
  {
    id: 'endorsements differ',
    phases: ['endorse'],
    words: /ProposalResponsePayloads do not match/,
    action: 'once-more',
    alarm: true,
  },
  {
    id: 'too few organisations',
    phases: PROPOSING,
    words: /no combination of peers/,
    action: 'wait',
    alarm: true,
  },
  {
    id: 'endorser lost',
    phases: ['endorse'],
    codes: [grpc.ABORTED],
    words: /failed to collect enough|Unavailable/i,
    action: 'new-proposal',
  },
  {
    id: 'gateway peer away',
    phases: PROPOSING,
    codes: [grpc.UNAVAILABLE, grpc.DEADLINE_EXCEEDED, grpc.CANCELLED],
    action: 'other-peer',
  },
  { id: 'endorsement failed', phases: PROPOSING, action: 'once-more', alarm: true },
  { id: 'submit forbidden', phases: ['submit'], words: /FORBIDDEN/, action: 'access-refused' },
  { id: 'submit ambiguous', phases: ['submit'], action: 'resend' },
  {
    id: 'status late',
    phases: ['status'],
    codes: [grpc.DEADLINE_EXCEEDED],
    action: 'resend-and-ask',
  },
  // The platform's own reader asks for the status, so that this says nothing about the transaction.
  { id: 'status denied', phases: ['status'], words: /access denied/, action: 'ask-again', alarm: true },
  { id: 'status unknown', phases: ['status'], action: 'ask-again' },
];

/** The row for a failure. */
export function retryRowFor(failure: GatewayFailure): RetryRow {
  const words = wordsOf(failure);
  const row = retryTable.find(
    ({ phases, codes, words: pattern }) =>
      phases.includes(failure.phase) &&
      (codes === undefined || (failure.code !== null && codes.includes(failure.code))) &&
      (pattern === undefined || pattern.test(words)),
  );
  if (row === undefined) throw new Error(`no row of the retry table is for the phase ${failure.phase}`);
  return row;
}
