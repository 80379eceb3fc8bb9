/** Which document each type of ledger record becomes, and how its writes are opened. */
import type { LedgerTransaction } from '../../blockchain/ledger.port.ts';
import type { Alert } from '#kernel/records/alert.ts';
import type { Draft } from '#kernel/records/draft.ts';
import type { Evidence } from '#kernel/records/evidence.ts';
import type { Fund, FundCall, WorkingCalendar } from '#kernel/records/fund.ts';
import { splitCompositeKey } from '#kernel/records/keys.ts';
import type { Account, Organisation, User } from '#kernel/records/member.ts';
import type { Project } from '#kernel/records/project.ts';
import type { FlowOutcome, ManualMatch, Registration } from '#kernel/records/reconciliation.ts';
import { projectAlert } from '../alert/alert.projection.ts';
import { projectDraft } from '../draft/draft.projection.ts';
import { projectEvidence } from '../evidence/evidence.projection.ts';
import { projectFlow } from '../flow/flow.projection.ts';
import { projectCalendar, projectCall, projectFund } from '../fund/fund.projection.ts';
import { legIdOf, projectLegs } from '../leg/leg.projection.ts';
import type { LegDoc } from '../leg/leg.schema.ts';
import { touchedLegs } from '../leg/touched-legs.rules.ts';
import { projectAccount, projectOrganisation, projectUser } from '../member/member.projection.ts';
import { projectMatch } from '../match/match.projection.ts';
import { projectProject } from '../project/project.projection.ts';
import { projectRegistration } from '../registration/registration.projection.ts';
import type { Derived, Scoped, Stamp } from './derived.ts';
import { divisionsOf, versionOf } from './derived.ts';
import type { Facts } from './facts.ts';
import type { ReadModelName } from './read-models.ts';

/** One document to write, or with `doc` null to remove, at version `ver`. */
export interface DocumentWrite {
  readonly model: ReadModelName;
  readonly id: string;
  readonly ver: number;
  readonly doc: Derived | null;
}

/** A write of the ledger, opened: `id` is the key's parts joined by `~`; `record` null = deleted. */
export interface RecordWrite {
  readonly type: string;
  readonly id: string;
  readonly record: unknown;
}

/** The composite-key writes of a transaction, opened; other keys are not ours and are left out. */
export function openWrites(tx: LedgerTransaction): readonly RecordWrite[] {
  const known = opened.get(tx);
  if (known !== undefined) return known;
  const writes = tx.writes.flatMap(({ key, value }) => {
    const split = splitCompositeKey(key);
    if (split === null || !projected.has(split.type)) return [];
    const record: unknown = value === null ? null : JSON.parse(value);
    return [{ type: split.type, id: split.parts.join('~'), record }];
  });
  opened.set(tx, writes);
  return writes;
}

/** Facts are looked up before the projection, so each transaction is asked for twice and parsed once. */
const opened = new WeakMap<LedgerTransaction, readonly RecordWrite[]>();

/** Types whose writes become documents. */
const projected: ReadonlySet<string> = new Set([
  'ORG',
  'USER',
  'ACCOUNT',
  'FUND',
  'CALL',
  'CALENDAR',
  'PROJECT',
  'DRAFT',
  'FLOW',
  'FLOWSTATE',
  'REG',
  'MATCH',
  'ALERT',
  'EVIDENCE',
]);

/** The documents that a valid transaction's writes give; `facts` learns from them first. */
export function deriveRecords(tx: LedgerTransaction, stamp: Stamp, facts: Facts): DocumentWrite[] {
  const writes = openWrites(tx);
  facts.beginTransaction();
  // All of a transaction's writes happen at once: every record may ask about every other one of the same transaction.
  for (const { type, id, record } of writes) if (record !== null) facts.learn(type, id, record);
  const outcomes = new Map(writes.flatMap((one) => (one.type === 'FLOWSTATE' ? [[one.id, one.record]] : [])));
  return writes.flatMap((one) => {
    if (one.record === null) return removals(one, stamp, facts);
    // A FLOW written together with its FLOWSTATE is one document, made from the latter.
    if (one.type === 'FLOW' && outcomes.has(one.id)) return [];
    return projections[one.type]?.(one, stamp, facts) ?? [];
  });
}

type Projection = (write: RecordWrite, stamp: Stamp, facts: Facts) => DocumentWrite[];

const projections: Readonly<Record<string, Projection>> = {
  ORG: ({ id, record }, stamp) => [
    put('organisation', projectOrganisation(id, record as Organisation, stamp)),
  ],
  USER: ({ id, record }, stamp) => [put('user', projectUser(id, record as User, stamp))],
  ACCOUNT: ({ id, record }, stamp, facts) => [
    put('bankAccount', projectAccount(id, record as Account, stamp, facts)),
  ],
  FUND: ({ id, record }, stamp, facts) => [put('fund', projectFund(id, record as Fund, stamp, facts))],
  CALL: ({ id, record }, stamp, facts) => [
    put('fundCall', projectCall(id, record as FundCall, stamp, facts)),
  ],
  CALENDAR: ({ id, record }, stamp) => [
    put('calendar', projectCalendar(id, record as WorkingCalendar, stamp)),
  ],
  PROJECT: ({ id, record }, stamp) => [put('project', projectProject(id, record as Project, stamp))],
  DRAFT: ({ id, record }, stamp, facts) => [
    put('draft', projectDraft(id, record as Draft, stamp, facts)),
    ...legWrites(record as Draft, stamp, facts),
  ],
  FLOW: ({ id }, stamp, facts) => flowDocument(id, null, stamp, facts),
  FLOWSTATE: ({ id, record }, stamp, facts) => flowDocument(id, record as FlowOutcome, stamp, facts),
  REG: ({ id, record }, stamp, facts) => [
    put('registration', projectRegistration(id, record as Registration, stamp, facts)),
  ],
  MATCH: ({ id, record }, stamp, facts) => [
    put('match', projectMatch(id, record as ManualMatch, stamp, facts)),
  ],
  ALERT: ({ id, record }, stamp, facts) => [put('alert', projectAlert(id, record as Alert, stamp, facts))],
  EVIDENCE: ({ id, record }, stamp, facts) => [
    put('evidence', projectEvidence(id, record as Evidence, stamp, facts)),
  ],
};

/** The legs that a write of their draft changed; the others keep the version of their own last change. */
function legWrites(record: Draft, stamp: Stamp, facts: Facts): DocumentWrite[] {
  const before = facts.draftBefore(record.DraftID);
  const touched = before === undefined ? null : touchedLegs(before, record);
  const earlier = before === undefined ? [] : projectLegs(before, stamp, facts, touched);
  const known = new Map(earlier.map((leg) => [leg._id, leg]));
  const legs = projectLegs(record, stamp, facts, touched);
  const left = new Set(legs.map((leg) => leg._id));
  const removed = [...known.keys()].filter((id) => !left.has(id));
  return [
    ...legs.filter((leg) => !isSameLeg(leg, known.get(leg._id))).map((leg) => put('leg', leg)),
    ...removed.map((id) => ({ model: 'leg' as const, id, ver: versionOf(stamp), doc: null })),
  ];
}

function isSameLeg(leg: LegDoc, other: LegDoc | undefined): boolean {
  if (other === undefined) return false;
  return (Object.keys(leg) as (keyof LegDoc)[]).every(
    (field) =>
      leg[field] === other[field] ||
      (typeof leg[field] === 'object' && JSON.stringify(leg[field]) === JSON.stringify(other[field])),
  );
}

function flowDocument(id: string, outcome: FlowOutcome | null, stamp: Stamp, facts: Facts): DocumentWrite[] {
  const flow = facts.flow(id);
  if (flow === undefined)
    throw new TypeError(`the ledger says what became of a flow that it never stored: ${id}`);
  return [put('flow', projectFlow(id, { flow, outcome }, stamp, facts))];
}

const modelOfType: Readonly<Record<string, ReadModelName>> = {
  ORG: 'organisation',
  USER: 'user',
  ACCOUNT: 'bankAccount',
  FUND: 'fund',
  CALL: 'fundCall',
  CALENDAR: 'calendar',
  PROJECT: 'project',
  DRAFT: 'draft',
  FLOW: 'flow',
  REG: 'registration',
  MATCH: 'match',
  ALERT: 'alert',
  EVIDENCE: 'evidence',
};

function removals({ type, id }: RecordWrite, stamp: Stamp, facts: Facts): DocumentWrite[] {
  const model = modelOfType[type];
  if (model === undefined) return [];
  const ver = versionOf(stamp);
  const legs = type === 'DRAFT' ? (facts.draft(id)?.PlanPath ?? []) : [];
  if (type === 'DRAFT') facts.forgetDraft(id);
  return [
    { model, id, ver, doc: null },
    ...legs.map((leg) => ({ model: 'leg' as const, id: legIdOf(id, leg.legId), ver, doc: null })),
  ];
}

/** The write of a whole document; what has a division is found under those above it, too. */
export function put(model: ReadModelName, doc: Derived & Partial<Scoped>): DocumentWrite {
  const { _id: id, ver, division } = doc;
  if (division === undefined) return { model, id, ver, doc };
  const placed: Derived & Partial<Scoped> = { ...doc, divisions: divisionsOf(division) };
  return { model, id, ver, doc: placed };
}
