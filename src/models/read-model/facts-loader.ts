/** Fills the facts from documents that earlier blocks wrote. */
import type { Connection } from 'mongoose';
import type { LedgerBlock } from '../../blockchain/ledger.port.ts';
import type { Alert } from '#kernel/records/alert.ts';
import type { Draft } from '#kernel/records/draft.ts';
import type { Evidence } from '#kernel/records/evidence.ts';
import type { FlowOutcome, ManualMatch, Registration } from '#kernel/records/reconciliation.ts';
import { domainEventsOf } from '../chain/envelope.rules.ts';
import { projectIdOf } from '../evidence/evidence.projection.ts';
import { openWrites } from './record-projections.ts';
import type { RecordWrite } from './record-projections.ts';
import type { Facts } from './facts.ts';
import type { ReadModelName } from './read-models.ts';
import { nativeCollection } from './write-batch.ts';

/** Loads organisations, bank accounts and calendars: few, and asked about by every flow. */
export async function loadLastingFacts(connection: Connection, facts: Facts): Promise<void> {
  await loadRecords(connection, facts, { model: 'organisation', type: 'ORG' });
  await loadRecords(connection, facts, { model: 'bankAccount', type: 'ACCOUNT' });
  await loadRecords(connection, facts, { model: 'calendar', type: 'CALENDAR' });
}

/** Loads the projects, drafts and flows that these blocks refer to or change, and that are not known yet. */
export async function loadMissingFacts(
  connection: Connection,
  blocks: readonly LedgerBlock[],
  facts: Facts,
): Promise<void> {
  const needed = neededBy(blocks);
  const missing = {
    drafts: [...needed.drafts].filter((id) => facts.draft(id) === undefined),
    flows: [...needed.flows].filter((id) => !needed.brought.has(id) && facts.flow(id) === undefined),
  };
  const projects = [...needed.projects].filter((id) => facts.project(id) === undefined);
  await Promise.all([
    loadRecords(connection, facts, { model: 'draft', type: 'DRAFT', ids: missing.drafts }),
    loadRecords(connection, facts, { model: 'flow', type: 'FLOW', ids: missing.flows }),
    loadRecords(connection, facts, { model: 'project', type: 'PROJECT', ids: projects, fields: ofProject }),
  ]);
}

/** What facts keep of a project; its applications, steps and progress stay where they are. */
const ofProject = [
  'record.content.name',
  'record.content.townshipCode',
  'record.content.unitOrgId',
  'record.division',
  'record.applicantOrgId',
] as const;

interface Load {
  readonly model: ReadModelName;
  readonly type: string;
  /** Left out: all documents. */
  readonly ids?: readonly string[];
  /** Left out: the whole record. */
  readonly fields?: readonly string[];
}

async function loadRecords(connection: Connection, facts: Facts, load: Load): Promise<void> {
  if (load.ids?.length === 0) return;
  const filter = load.ids === undefined ? {} : { _id: { $in: [...load.ids] } };
  const projection = Object.fromEntries((load.fields ?? ['record']).map((field) => [field, 1]));
  const cursor = nativeCollection(connection, load.model).find(filter, { projection });
  for await (const row of cursor) {
    const record: unknown = load.type === 'FLOW' ? (row['record'] as { flow: unknown }).flow : row['record'];
    facts.learn(load.type, row._id, record);
  }
}

interface Needed {
  readonly projects: Set<string>;
  readonly drafts: Set<string>;
  readonly flows: Set<string>;
  /** Flows that these blocks themselves bring, before anything is said about them. */
  readonly brought: Set<string>;
}

function neededBy(blocks: readonly LedgerBlock[]): Needed {
  const needed: Needed = { projects: new Set(), drafts: new Set(), flows: new Set(), brought: new Set() };
  for (const tx of blocks.flatMap((block) => block.transactions)) {
    if (tx.code !== 'VALID') continue;
    for (const write of openWrites(tx)) if (write.record !== null) needOf(write, needed);
    for (const { subject, division } of domainEventsOf(tx.event)) {
      if (division !== '') continue;
      add(needed.drafts, subject.draftId);
      add(needed.projects, subject.projectId);
    }
  }
  return needed;
}

function needOf({ type, id, record }: RecordWrite, needed: Needed): void {
  if (type === 'DRAFT') {
    needed.drafts.add(id);
    add(needed.projects, (record as Draft).ProjectID);
  }
  if (type === 'FLOW') needed.brought.add(id);
  if (type === 'FLOWSTATE') needed.flows.add(id);
  if (type === 'EVIDENCE') add(needed.projects, projectIdOf((record as Evidence).owner));
  for (const draftId of draftsOf[type]?.(record) ?? []) add(needed.drafts, draftId);
}

/** The drafts that a record names, by its type. */
const draftsOf: Readonly<Record<string, (record: unknown) => (string | null | undefined)[]>> = {
  REG: (record) => [(record as Registration).draftId],
  MATCH: (record) => (record as ManualMatch).parts.map((part) => part.draftId),
  ALERT: (record) => [(record as Alert).subject.draftId],
  FLOWSTATE: (record) => {
    const { draftId, parts = [] } = record as FlowOutcome;
    return [draftId, ...parts.map((part) => part.draftId)];
  },
};

function add(ids: Set<string>, id: string | null | undefined): void {
  if (id !== null && id !== undefined) ids.add(id);
}
