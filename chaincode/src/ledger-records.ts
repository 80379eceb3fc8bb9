/** Which record stands under which object type of the key layout, as schema and as type. */
import { z } from 'zod';
import { alert } from '#kernel/records/alert.ts';
import { fenText } from '#kernel/records/common.ts';
import { draft } from '#kernel/records/draft.ts';
import { evidence } from '#kernel/records/evidence.ts';
import { calendar, call, fund } from '#kernel/records/fund.ts';
import type { ObjectType } from '#kernel/records/keys.ts';
import { account, organisation, user } from '#kernel/records/member.ts';
import { migration } from '#kernel/records/migration.ts';
import { project } from '#kernel/records/project.ts';
import { claim, flow, flowOutcome, manualMatch, registration } from '#kernel/records/reconciliation.ts';

/** A request that was carried out: which function, the hash of caller and arguments, what it answered. */
export const requestRecord = z.object({ fn: z.string(), argsHash: z.string(), result: z.string() });

/** The schema of each record, by object type. */
export const recordSchemas = {
  ORG: organisation,
  USER: user,
  ACCOUNT: account,
  FUND: fund,
  CALL: call,
  CALENDAR: calendar,
  PROJECT: project,
  DRAFT: draft,
  FLOW: flow,
  FLOWSTATE: flowOutcome,
  FLOWIDX: z.object({
    flowKey: z.string(),
    flowKeys: z.array(z.string()).optional(),
    /** Of the parts of a batch: how much they are together. */
    sumFen: fenText.optional(),
  }),
  REG: registration,
  CLAIM: claim,
  CLAIMIDX: z.object({ draftId: z.string(), legId: z.string() }),
  /** What a draft has of a flow now; `parts` when several of its legs share the flow. */
  ALLOC: z.object({
    legId: z.string(),
    amountFen: fenText,
    parts: z.array(z.object({ legId: z.string(), amountFen: fenText })).optional(),
  }),
  MATCH: manualMatch,
  ALERT: alert,
  EVIDENCE: evidence,
  REQ: requestRecord,
  MIGRATION: migration,
} as const satisfies Record<ObjectType, z.ZodType>;

/** The record type of each object type. */
export type RecordOf = { [T in ObjectType]: z.infer<(typeof recordSchemas)[T]> };
