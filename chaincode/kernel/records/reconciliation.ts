/** Bank flows, registrations and what the reconciliation contract decided about them. Field names of the thesis' table 6.3 on `reconciliationRecord`. */
import { z } from 'zod';
import {
  accountText,
  act,
  dateText,
  fenText,
  hashText,
  idText,
  opinionText,
  positiveFenText,
  requestId,
  serialText,
} from './common.ts';
import { checkResult } from './draft.ts';

export const flowParty = z.object({
  account: accountText,
  name: z.string().max(100),
  bankNo: z.string().max(20),
});

/** One bank movement in normal form. Key: bank, own account, direction, booking date, serial, sub-index. */
export const flow = z.object({
  bankId: idText,
  account: accountText,
  direction: z.enum(['DBIT', 'CRDT']),
  bookingDate: dateText,
  serialNo: serialText,
  subIndex: z.int().min(0).max(9999),
  txTime: z.string().max(40),
  status: z.enum(['BOOK', 'PDNG']),
  amountFen: positiveFenText,
  currency: z.string().regex(/^[A-Z]{3}$/),
  payer: flowParty,
  payee: flowParty,
  purpose: z.string().max(200),
  reference: z.string().max(100),
  reversal: z.boolean(),
  originalSerialNo: serialText.nullable(),
  /** The line of a batch: its parts follow under the same serial with sub-indices from 1; the line itself pays nothing. */
  batch: z.literal(true).optional(),
  /** A charge of the bank itself: no payment, never matched. */
  fee: z.literal(true).optional(),
  /** Of a return: what the bank kept of the money that comes back; the leg is taken back by both. */
  feeFen: positiveFenText.optional(),
  /** Day on which the bank counts interest; kept, decides nothing. */
  valueDate: dateText.optional(),
  /** SHA-256 of the raw message it came in. */
  rawHash: z.string().regex(/^[0-9a-f]{64}$/),
});
export type Flow = z.infer<typeof flow>;

export const flowStates = [
  'WAITING',
  'WAITING_PREDECESSOR',
  'MATCHED',
  'MISMATCH',
  'PENDING',
  'DROPPED',
  'RECEIPT',
  'RETURN',
  'RETURNED',
  'BATCH',
  'FEE',
] as const;
/** How far a bank flow has come. */
export type FlowState = (typeof flowStates)[number];
/** What one leg takes of a transfer. */
export const part = z.object({ draftId: z.string(), legId: z.string(), amountFen: positiveFenText });
export type Part = z.infer<typeof part>;
const parts = z.array(part).min(2).max(20);

/** What became of a flow; FLOW itself is written once and never changes, later PDNG to BOOK stands here. */
export const flowOutcome = z.object({
  flowKey: z.string(),
  state: z.enum(flowStates),
  status: z.enum(['BOOK', 'PDNG', 'DROPPED']),
  draftId: z.string().nullable(),
  legId: z.string().nullable(),
  resultCodes: z.array(z.string()),
  checks: z.array(checkResult),
  returnedFen: fenText,
  originalFlowKey: z.string().nullable(),
  sightings: z.int(),
  conflicts: z.int(),
  ruleVersion: z.int(),
  ingested: act,
  decided: act.nullable(),
  /** Returns of this flow, by flow key. */
  returns: z.array(z.string()).optional(),
  /** Hash of each sighting whose uncompared fields differed, so that it counts once. */
  sightingHashes: z.array(z.string()).optional(),
  /** Other contents that arrived on this key, each kept once. */
  conflictFlows: z.array(flow).optional(),
  /** The legs that share this flow by an allocation list, or that a return was given to by hand; `draftId` and `legId` name the first. */
  parts: z.array(part).min(1).max(20).optional(),
  /** The manual match that a person has proposed and nobody has decided yet. */
  proposal: z.string().optional(),
  /** The manual match that two persons made of this flow. */
  manual: z.string().optional(),
});
export type FlowOutcome = z.infer<typeof flowOutcome>;

export const registration = z.object({
  draftId: z.string(),
  legId: z.string(),
  serialNo: serialText,
  bookingDate: dateText,
  bankId: idText,
  account: accountText,
  state: z.enum([
    'WAITING',
    'WAITING_PREDECESSOR',
    'MATCHED',
    'MISMATCH',
    'WITHDRAWN',
    'REFUSED',
    'RETURNED',
  ]),
  registered: act,
  flowKey: z.string().nullable(),
  withdrawalRequested: act.nullable(),
  withdrawn: act.nullable(),
  reason: z.string().max(500),
  /** The whole allocation list when one transfer pays several legs; each leg has its own record with the same list. */
  parts: parts.optional(),
  subIndex: z.int().min(1).max(9999).optional(),
  /** Id of the manual match that stands in the place of a payer's registration. */
  manual: z.string().optional(),
});
/** A payer's word that a serial number belongs to a leg. */
export type Registration = z.infer<typeof registration>;

/** Create-only: the one draft and leg that a serial of an account on a day belongs to. A withdrawn claim is released, its history stays. */
export const claim = z.object({ draftId: z.string(), legId: z.string(), released: z.boolean() });

/**
 * A match that two persons make because no registration can: a payment and the legs it pays, or a return and what it takes back.
 * It stands in for the registration alone; every check of the payment still must hold.
 */
export const manualMatch = z.object({
  id: z.string(),
  kind: z.enum(['payment', 'return']),
  flowKey: z.string(),
  /** Of a return: the payment that it takes back. */
  originalFlowKey: z.string().nullable(),
  parts: z.array(part).min(1).max(20),
  reason: opinionText,
  /** SHA-256 of the files that show it. */
  evidence: z.array(hashText).max(20),
  state: z.enum(['PROPOSED', 'CONFIRMED', 'REFUSED']),
  payerOrgId: idText,
  proposed: act,
  decided: act.nullable(),
  opinion: z.string().max(500),
});
export type ManualMatch = z.infer<typeof manualMatch>;

/** Result codes of domain.md 2.2. */
export const resultCodes = [
  'MATCHED',
  'AMOUNT_DIFF',
  'PAYER_DIFF',
  'PAYEE_DIFF',
  'LATE',
  'EARLY',
  'NO_FLOW',
  'NO_REGISTRATION',
  'DUPLICATE',
  'REVERSED',
  'NAME_DIFF',
  'CURRENCY_DIFF',
  'NOT_BOOKED',
  'DIRECTION',
  'DRAFT_STATE',
  'DOUBLE_CLAIM',
  'MILESTONE',
  'WAITING_PREDECESSOR',
  'ALLOCATION',
  'BATCH_DIFF',
  'BATCH_OPEN',
] as const;

/** `drop`: a pending flow that the bank dropped. */
const ingest = z.object({ requestId, flow, drop: z.boolean().default(false) });

/** Arguments, by function. */
export const reconciliationArgs = {
  register: z.object({
    requestId,
    draftId: z.string(),
    legId: z.string(),
    serialNo: serialText,
    bookingDate: dateText,
    /** One transfer for several legs: the whole list, the leg above included; it counts for all of them or for none. */
    parts: parts.optional(),
    /** One part of a batch entry, told apart from the others of its serial. */
    subIndex: z.int().min(1).max(9999).optional(),
  }),
  /** First call of a person of the payer asks, a second person's confirms. */
  withdrawRegistration: z.object({
    requestId,
    draftId: z.string(),
    legId: z.string(),
    serialNo: serialText,
    bookingDate: dateText,
    subIndex: z.int().min(1).max(9999).optional(),
    reason: opinionText,
  }),
  /** A person of the payer proposes (handle), another confirms or refuses (check). */
  match: z.discriminatedUnion('action', [
    z.object({
      requestId,
      action: z.literal('propose'),
      flowKey: z.string().max(300),
      originalFlowKey: z.string().max(300).optional(),
      parts: z.array(part).min(1).max(20),
      reason: opinionText,
      evidence: z.array(hashText).max(20).default([]),
    }),
    z.object({
      requestId,
      action: z.enum(['confirm', 'refuse']),
      id: z.string().max(100),
      opinion: opinionText,
    }),
  ]),
  ingest,
  /** Each entry as `ingest` takes it: the requests are the entries, the call as such is none. */
  ingestAll: z.object({ entries: z.array(ingest).min(1).max(100) }),
  /** Decides one serial again: the thesis' `checking(serial)`. */
  checking: z.object({
    requestId,
    bankId: idText,
    serialNo: serialText,
    bookingDate: dateText,
    account: accountText,
    subIndex: z.int().min(1).max(9999).optional(),
  }),
};
/** Query arguments, by function. */
export const reconciliationQueryArgs = {
  query: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('flow'), flowKey: z.string().max(300) }),
    z.object({
      kind: z.literal('serial'),
      bankId: idText,
      account: accountText,
      bookingDate: dateText,
      serialNo: serialText,
    }),
  ]),
  unmatched: z.discriminatedUnion('kind', [
    /** Registered legs of a draft that are not matched. */
    z.object({ kind: z.literal('legs'), draftId: z.string() }),
    /** Flows of a bank's account that belong to nothing yet, or to a leg they do not fit. */
    z.object({ kind: z.literal('flows'), bankId: idText, account: accountText }),
  ]),
};
/** What register, ingest and checking answer. */
export interface DecisionReply {
  outcome: 'DONE' | 'REFUSED';
  /** Where the pair stands; null when only one side is there. */
  state: string;
  resultCodes: string[];
  checks: z.infer<typeof checkResult>[];
  draftId: string | null;
  legId: string | null;
  flowKey: string | null;
  /** For ingest: a repeat of the same key and content, or other content on the same key. */
  ingest?: 'accepted' | 'duplicate' | 'conflict' | 'updated';
  alertIds: string[];
}
/** What ingestAll answers: what ingest would have answered to each entry, in order. */
export interface DecisionReplies {
  replies: DecisionReply[];
}
