/** What pages show of an application's way back: the opinion that returned it with the parts it named, and what the next submission changed. */
import type { ProjectContent, ProjectStep } from '#kernel/records/project.ts';
import { namesOf, type Names } from '../member/names.service.ts';
import type { ReadModels } from '../read-model/read-models.ts';
import { contentChanges, namedFields, type ContentChanges, type ContentField } from './changes.rules.ts';
import type { ProjectDoc } from './project.schema.ts';

/** Two submissions side by side; `to` is null while the second is not submitted yet. */
export interface SubmissionChanges {
  readonly changes: ContentChanges;
  readonly from: number;
  readonly to: number | null;
  readonly names: Names;
}

/** Why an application came back, and which parts are in question. */
export interface ReturnedView {
  readonly opinion: string;
  readonly org: string;
  readonly person: string;
  readonly at: string;
  readonly fields: readonly ContentField[];
}

type Models = Pick<ReadModels, 'organisation'>;

/** What the present submission changed against the one before; null for a first one. */
export async function changesOf(models: Models, { record }: ProjectDoc): Promise<SubmissionChanges | null> {
  const { previous, content, revision } = record;
  if (previous === undefined) return null;
  return compare(models, [previous.content, content], { from: previous.revision, to: revision });
}

/** What an application in writing would change against what stands on the ledger; null when nothing stands there yet. */
export async function changesAgainst(
  models: Models,
  project: ProjectDoc | null,
  content: ProjectContent,
): Promise<SubmissionChanges | null> {
  if (project === null) return null;
  return compare(models, [project.record.content, content], { from: project.revision, to: null });
}

/** The newest return of an application that waits for its applicant; null when it does not. */
export async function returnedView(models: Models, project: ProjectDoc | null): Promise<ReturnedView | null> {
  const last = project?.record.steps.at(-1);
  if (project?.state !== 'RETURNED' || last?.step !== 'return') return null;
  return viewOf(models, last);
}

async function viewOf(models: Models, { act, opinion, fields }: ProjectStep): Promise<ReturnedView> {
  const names = await namesOf(models, { orgs: [act.orgId], people: [act.by] });
  return {
    opinion,
    org: names.org(act.orgId),
    person: names.person(act.by),
    at: act.at,
    fields: namedFields(fields),
  };
}

async function compare(
  models: Models,
  [before, now]: readonly [ProjectContent, ProjectContent],
  numbers: { readonly from: number; readonly to: number | null },
): Promise<SubmissionChanges> {
  const names = await namesOf(models, { orgs: [before.unitOrgId, now.unitOrgId] });
  return { changes: contentChanges(before, now), ...numbers, names };
}
