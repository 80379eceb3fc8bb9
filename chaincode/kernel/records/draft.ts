/** The digital draft: constraints frozen at issue, what happened on each leg, its redemptions. Field names of the thesis' table 6.1. */
import { z } from 'zod';
import {
  accountRef,
  act,
  dateText,
  fenText,
  idText,
  opinionText,
  positiveFenText,
  requestId,
  serialText,
} from './common.ts';

/** F fiscal contribution, B bank contribution, D pay-down, M milestone payment, X return of a remainder. */
export const legKind = z.enum(['F', 'B', 'D', 'M', 'X']);
export type LegKind = z.infer<typeof legKind>;

/** One planned payment. `deadline` is already rolled to a working day and includes that whole day in Beijing. */
export const leg = z.object({
  legId: z.string().regex(/^[FBDMX]\d{1,2}(-\d{1,2})?$/),
  kind: legKind,
  payer: accountRef,
  payee: accountRef,
  amountFen: positiveFenText,
  deadline: dateText,
  dependsOn: z.array(z.string()).max(30),
  milestoneNo: z.int().nullable(),
});
export type Leg = z.infer<typeof leg>;

export const specialRule = z.discriminatedUnion('type', [
  z.object({ type: z.literal('payee-whitelist'), orgIds: z.array(idText) }),
  z.object({ type: z.literal('spend-categories'), categories: z.array(z.string().max(60)) }),
  z.object({ type: z.literal('max-prepayment'), bp: z.int().min(0).max(10_000) }),
  z.object({ type: z.literal('instalments'), allowed: z.boolean() }),
  z.object({ type: z.literal('recall-date'), date: dateText }),
  z.object({ type: z.literal('extra-approver'), orgId: idText }),
]);
/** A condition under which a draft was issued. */
export type SpecialRule = z.infer<typeof specialRule>;

export const draftStatuses = [
  'ISSUED',
  'RAISING',
  'RAISED',
  'CIRCULATING',
  'REDEEMABLE',
  'PARTIALLY_REDEEMED',
  'SETTLED',
  'FROZEN',
  'TERMINATED',
  'RECALLED',
] as const;
/** How far a draft has come. */
export type DraftStatus = (typeof draftStatuses)[number];
export const circulations = ['PENDING', 'CIRCULATING', 'LOCKED', 'NON_TRANSFERABLE', 'ENDED'] as const;
/** Whether a draft may move on (流通标志). */
export type Circulation = (typeof circulations)[number];

/** One line of the comparison: what the draft expects, what was found. Values are the compared normal forms. */
export const checkResult = z.object({
  name: z.enum([
    'booked',
    'direction',
    'serial',
    'currency',
    'payee',
    'payer',
    'amount',
    'allocation',
    'batch',
    'deadline',
    'state',
    'claim',
    'order',
    'milestone',
    'payee-name',
    'payer-name',
  ]),
  expected: z.string(),
  found: z.string(),
  ok: z.boolean(),
  severity: z.enum(['fail', 'warn']),
});
export type CheckResult = z.infer<typeof checkResult>;

export const legStates = [
  'OPEN',
  'REGISTERED',
  'WAITING_PREDECESSOR',
  'MATCHED',
  'MISMATCH',
  'RETURNED',
  'CANCELLED',
] as const;
/** How far a planned payment has come. */
export type LegState = (typeof legStates)[number];

/** What a leg takes of a transfer that pays several legs, and how much all of them take together. */
export const shareOf = z.object({ amountFen: positiveFenText, totalFen: positiveFenText });

/** What happened on a leg so far; the newest registration and decision stand here, all earlier ones in REG and ActualPath. */
export const legProgress = z.object({
  legId: z.string(),
  state: z.enum(legStates),
  matchedFen: fenText,
  serialNo: serialText.nullable(),
  bookingDate: dateText.nullable(),
  registered: act.nullable(),
  flowKey: z.string().nullable(),
  decided: act.nullable(),
  checks: z.array(checkResult),
  /** Failed checks that two persons accepted for the registration that stands here, with the alert that holds their reasons. */
  accepted: z.array(z.enum(['deadline', 'order', 'milestone'])).optional(),
  /** Of a registration with an allocation list: this leg's part. */
  share: shareOf.optional(),
  /** Of a registration that names one part of a batch entry. */
  subIndex: z.int().min(1).max(9999).optional(),
  /** Id of the manual match of two persons that put the registration here. */
  manual: z.string().optional(),
});
export type LegProgress = z.infer<typeof legProgress>;

/** One proven movement, appended by `transfer`; a return is appended too, with a negative effect (`kind` return). */
export const actual = z.object({
  legId: z.string(),
  kind: z.enum(['payment', 'return', 'receipt']),
  SerialNumber: z.string(),
  bankId: idText,
  bookingDate: dateText,
  ActualTimeOfRemit: z.string(),
  ActualAmount: positiveFenText,
  flowKey: z.string(),
  registeredBy: z.string().nullable(),
  ingestedBy: z.string(),
  txId: z.string(),
  at: z.iso.datetime(),
  /** A return that the bank booked as a correction of its own entry (冲正), not as money sent back (退汇). */
  correction: z.boolean().optional(),
  /** Id of the manual match by which two persons put it here. */
  manual: z.string().optional(),
});
export type Actual = z.infer<typeof actual>;

export const redemption = z.object({
  rid: z.string(),
  milestoneNo: z.int(),
  legId: z.string(),
  amountFen: positiveFenText,
  state: z.enum(['REQUESTED', 'CHECKED', 'APPROVED', 'SETTLED', 'REFUSED', 'WITHDRAWN']),
  requested: act,
  checked: act.nullable(),
  /** The further check that a special rule `extra-approver` asks for, between the county's and the fund company's. */
  extra: act.optional(),
  approved: act.nullable(),
  refused: act.nullable(),
  reasonCode: z.string().nullable(),
  opinion: z.string().max(500),
});
/** A request to be paid for a milestone, with its checks. */
export type Redemption = z.infer<typeof redemption>;

/** A child range of the draft in fen, inclusive, counted from 1; ranges are disjoint and cover 1..Amount. */
export const subRange = z.object({
  no: z.int(),
  startFen: positiveFenText,
  endFen: positiveFenText,
  legId: z.string().nullable(),
  state: z.enum(['OPEN', 'LOCKED', 'REDEEMED']),
});
export type SubRange = z.infer<typeof subRange>;

/** An act of two persons that has its first. */
export const pendingAct = z.object({
  action: z.enum(['cancel', 'recall', 'exit']),
  reason: z.string(),
  act,
  /** Of a recall or an exit: until when the money must be back. */
  deadline: dateText.optional(),
  /** Of an exit: how much is paid back. */
  amountFen: positiveFenText.optional(),
});

export const draft = z.object({
  DraftID: z.string(),
  ProjectID: idText,
  InstructionID: idText,
  InstructionSign: z.string(),
  issuerKeyId: z.string(),
  Status: z.enum(draftStatuses),
  circulation: z.enum(circulations),
  CreateAt: z.iso.datetime(),
  issuedOn: dateText,
  Amount: positiveFenText,
  PlanPath: z.array(leg),
  ActualPath: z.array(actual),
  SpecialRule: z.array(specialRule),
  division: z.string().regex(/^\d{6}$/),
  fundId: idText,
  holderOrgId: idText,
  legs: z.array(legProgress),
  milestonesAccepted: z.array(z.int()),
  redemptions: z.array(redemption),
  ranges: z.array(subRange),
  frozen: z.object({ act, reason: z.string(), from: z.enum(draftStatuses) }).nullable(),
  pending: pendingAct.nullable(),
  closedReason: z.string().nullable(),
});
/** A draft as the ledger keeps it; fields of the thesis' tables begin with a capital. */
export type Draft = z.infer<typeof draft>;

/** Arguments, by function. */
export const draftArgs = {
  /** Issues again for an approved project whose draft was cancelled before its first match. */
  create: z.object({
    requestId,
    ProjectID: idText,
    DraftID: z.string(),
    issuedOn: dateText,
    InstructionSign: z.string(),
  }),
  accept: z.discriminatedUnion('action', [
    z.object({
      requestId,
      action: z.literal('request'),
      DraftID: z.string(),
      milestoneNo: z.int(),
      opinion: z.string().max(500).default(''),
    }),
    z.object({
      requestId,
      action: z.literal('check'),
      DraftID: z.string(),
      rid: z.string(),
      opinion: opinionText,
    }),
    z.object({
      requestId,
      action: z.literal('refuse'),
      DraftID: z.string(),
      rid: z.string(),
      reasonCode: z.enum(['proof', 'quality', 'amount', 'account', 'other']),
      opinion: opinionText,
    }),
    z.object({
      requestId,
      action: z.literal('withdraw'),
      DraftID: z.string(),
      rid: z.string(),
      opinion: opinionText,
    }),
  ]),
  /** Cuts the open range `no` into parts that sum to it. */
  split: z.object({
    requestId,
    DraftID: z.string(),
    no: z.int(),
    partsFen: z.array(positiveFenText).min(2).max(20),
  }),
  recall: z.object({ requestId, DraftID: z.string(), reason: opinionText, deadline: dateText }),
  freeze: z.object({ requestId, DraftID: z.string(), reason: opinionText }),
  unfreeze: z.object({ requestId, DraftID: z.string(), reason: opinionText }),
  cancel: z.object({ requestId, DraftID: z.string(), reason: opinionText }),
};
/** Query arguments, by function. */
export const draftQueryArgs = {
  query: z.object({ DraftID: z.string() }),
  path: z.object({ DraftID: z.string() }),
  history: z.object({ DraftID: z.string() }),
};
