/** Alerts and problem reports (问题申报) with one life: raised, assigned, explained, rectified, reviewed, closed. */
import { z } from 'zod';
import { act, hashText, idText, opinionText, requestId } from './common.ts';
import { checkResult } from './draft.ts';

/** Rule ids of domain.md 3.3 that this ledger raises, USER for a report. */
export const alertRules = [
  'A01',
  'A02',
  'A03',
  'A04',
  'A05',
  'A06',
  'A07',
  'A08',
  'A09',
  'A10',
  'A11',
  'A12',
  'B06',
  'S01',
  'S02',
  'USER',
] as const;
export type AlertRule = (typeof alertRules)[number];
export const alertLevel = z.enum(['red', 'yellow', 'reminder']);
/** How urgent an alert is. */
export type AlertLevel = z.infer<typeof alertLevel>;

export const alertSubject = z.object({
  draftId: z.string().nullable(),
  legId: z.string().nullable(),
  projectId: z.string().nullable(),
  flowKey: z.string().nullable(),
  serialNo: z.string().nullable(),
});
/** What an alert is about; null where it is not about such a thing. */
export type AlertSubject = z.infer<typeof alertSubject>;

export const alertLife = z.object({
  step: z.enum(['raise', 'assign', 'explain', 'rectify', 'review', 'close', 'false-alarm']),
  act,
  text: z.string().max(2000),
  documents: z.array(hashText),
});
export const alert = z.object({
  id: idText,
  rule: z.enum(alertRules),
  level: alertLevel,
  subject: alertSubject,
  division: z.string(),
  /** Result codes and checks that failed, as evidence. */
  resultCodes: z.array(z.string()),
  checks: z.array(checkResult),
  text: z.string().max(2000),
  /** Unit that must answer; units named cannot close (R3). */
  responsibleOrgId: idText.nullable(),
  namedOrgIds: z.array(idText),
  reporter: idText.nullable(),
  parties: z.array(idText),
  state: z.enum(['RAISED', 'ASSIGNED', 'EXPLAINED', 'RECTIFIED', 'REVIEWED', 'CLOSED', 'FALSE_ALARM']),
  life: z.array(alertLife),
  earlierId: idText.nullable(),
});
/** An alert with its life so far. */
export type Alert = z.infer<typeof alert>;

const step = { requestId, id: idText, text: opinionText, documents: z.array(hashText).max(20).default([]) };
const dayCount = z.int().min(0).max(365);
/** Arguments, by function. */
export const alertArgs = {
  /** Machine role `platform`: subjects to judge at `asOf` (Beijing date); the contract re-reads each and raises at most one alert per subject, rule and level. */
  tick: z.object({
    requestId,
    asOf: z.iso.date(),
    /** Working days after which a payment without its counterpart is told, as yellow and as red. */
    unmatchedDays: z.object({ yellow: dayCount, red: dayCount }).default({ yellow: 1, red: 3 }),
    subjects: z
      .array(
        z.discriminatedUnion('kind', [
          z.object({ kind: z.literal('leg'), draftId: z.string(), legId: z.string() }),
          z.object({ kind: z.literal('flow'), flowKey: z.string() }),
        ]),
      )
      .min(1)
      .max(50),
  }),
  assign: z.object({ ...step, responsibleOrgId: idText }),
  explain: z.object(step),
  rectify: z.object(step),
  review: z.object(step),
  /** `acceptChecks`: two persons let a late, early or too early milestone payment stand; payee, payer and amount never. */
  close: z.object({ ...step, falseAlarm: z.boolean().default(false), acceptChecks: z.boolean().optional() }),
  report: z.object({
    requestId,
    id: idText,
    subject: alertSubject,
    namedOrgIds: z.array(idText).max(10),
    text: opinionText,
    documents: z.array(hashText).max(20).default([]),
  }),
};
/** Query arguments, by function. */
export const alertQueryArgs = {
  query: z.object({ id: idText }),
};
