/** A project from application to close, as the `project` contract keeps it. */
import { z } from 'zod';
import {
  act,
  dateText,
  fenText,
  hashText,
  idText,
  opinionText,
  positiveFenText,
  requestId,
} from './common.ts';
import { leg, specialRule } from './draft.ts';

export const document = z.object({
  sha256: hashText,
  name: z.string().min(1).max(200),
  size: z.int().min(0),
  mediaType: z.string().max(100),
});
/** A file by its hash, with its name. */
export type DocumentRef = z.infer<typeof document>;

/** What is applied for; its canonical JSON's SHA-256 is the content hash every later step is bound to. */
export const projectContent = z.object({
  name: z.string().min(2).max(100),
  townshipCode: z.string().regex(/^\d{9}$/),
  category: z.enum(['road', 'water', 'greenhouse', 'industry', 'housing', 'education', 'health', 'other']),
  summary: z.string().max(2000),
  fundId: idText,
  callId: idText,
  amountFen: positiveFenText,
  unitOrgId: idText,
  budget: z
    .array(z.object({ item: z.string().min(1).max(60), amountFen: positiveFenText }))
    .min(1)
    .max(50),
  milestones: z
    .array(
      z.object({
        no: z.int().min(1).max(20),
        name: z.string().min(1).max(60),
        plannedDate: dateText,
        amountFen: positiveFenText,
      }),
    )
    .min(1)
    .max(20),
  documents: z.array(document).max(50),
});
export type ProjectContent = z.infer<typeof projectContent>;

export const projectStates = [
  'SUBMITTED',
  'CHECKED',
  'COUNTERSIGNED',
  'REVIEWED',
  'APPROVED',
  'REJECTED',
  'RETURNED',
  'WITHDRAWN',
  'CLOSED',
] as const;
/** How far an application has come. */
export type ProjectState = (typeof projectStates)[number];

/** One line of the opinions: a step, who, what he said and the content hash that was on his screen. */
export const step = z.object({
  step: z.enum([
    'apply',
    'check',
    'countersign',
    'review',
    'approve',
    'reject',
    'return',
    'withdraw',
    'close',
  ]),
  act,
  opinion: z.string().max(500),
  contentHash: hashText,
  returnTo: z.enum(['apply', 'check', 'countersign', 'review']).nullable(),
  /** Field names (JSON pointers) in question when returned. */
  fields: z.array(z.string()).default([]),
});
export type ProjectStep = z.infer<typeof step>;

/** What the approver freezes: made by the handling person of the leading office, decided by the second. */
export const plan = z.object({
  legs: z.array(leg).min(3).max(60),
  specialRule: z.array(specialRule).max(20),
});
export type Plan = z.infer<typeof plan>;

export const milestoneProgress = z.object({
  no: z.int(),
  percent: z.int().min(0).max(100),
  note: z.string().max(1000),
  documents: z.array(document).max(50),
  state: z.enum(['NONE', 'REPORTED', 'ACCEPTED', 'REFUSED']),
  reported: act.nullable(),
  checked: act.nullable(),
  opinion: z.string().max(500),
});
/** What was last reported on a milestone, and whether it was accepted. */
export type MilestoneProgress = z.infer<typeof milestoneProgress>;

export const project = z.object({
  id: idText,
  state: z.enum(projectStates),
  division: z.string().regex(/^\d{6}$/),
  applicantOrgId: idText,
  content: projectContent,
  contentHash: hashText,
  revision: z.int(),
  /** What was submitted before the present revision, so that every later step can see what changed; absent in a first one. */
  previous: z.object({ content: projectContent, contentHash: hashText, revision: z.int() }).optional(),
  steps: z.array(step),
  plan: plan.nullable(),
  draftId: z.string().nullable(),
  progress: z.array(milestoneProgress),
});
/** A project with its present content and the history of its steps. */
export type Project = z.infer<typeof project>;

const decision = { requestId, id: idText, contentHash: hashText, opinion: opinionText };
/** Arguments, by function. */
export const projectArgs = {
  /** First application, or the next revision of a returned or withdrawn one (same id). */
  apply: z.object({ requestId, id: idText, content: projectContent, contentHash: hashText }),
  check: z.object(decision),
  countersign: z.object(decision),
  review: z.object({ ...decision, plan }),
  /** approve: draftId and the issuer's SM2 signature over the draft's immutable fields; reject: neither. */
  decide: z.object({
    ...decision,
    decision: z.enum(['approve', 'reject']),
    draftId: z.string().nullable(),
    issuedOn: dateText.nullable(),
    instructionSign: z.string().nullable(),
  }),
  return: z.object({
    ...decision,
    returnTo: z.enum(['apply', 'check', 'countersign', 'review']),
    fields: z.array(z.string().max(100)).max(50),
  }),
  withdraw: z.object({ requestId, id: idText, reason: opinionText }),
  reportProgress: z.object({
    requestId,
    id: idText,
    milestoneNo: z.int(),
    percent: z.int().min(0).max(100),
    note: z.string().max(1000),
    documents: z.array(document).min(1).max(50),
  }),
  checkProgress: z.object({
    requestId,
    id: idText,
    milestoneNo: z.int(),
    accept: z.boolean(),
    opinion: opinionText,
  }),
  close: z.object({ requestId, id: idText, opinion: opinionText }),
};
/** What may be asked. */
export const projectQueryArgs = { query: z.object({ id: idText }), history: z.object({ id: idText }) };
export { fenText };
