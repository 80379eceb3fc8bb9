/** A project together with what its record does not hold and its actions ask about: how far its draft is. */
import type { DraftStatus } from '#kernel/records/draft.ts';
import type { ReadModels } from '../read-model/read-models.ts';
import type { ProjectDoc } from './project.schema.ts';

/** A project as its actions see it; `draftStatus` is null until the draft is issued. */
export interface ProjectSubject extends ProjectDoc {
  readonly draftStatus: DraftStatus | null;
}

/** Looks up the state of a project's draft. */
export async function projectSubject(models: ReadModels, doc: ProjectDoc): Promise<ProjectSubject> {
  const draft = doc.draftId === null ? null : await models.draft.findById(doc.draftId, { status: 1 }).lean();
  return { ...doc, draftStatus: draft?.status ?? null };
}

/** Whether an approved project's draft has run its course, so that the office may close it. */
export function canBeClosed({ state, draftStatus }: ProjectSubject): boolean {
  return state === 'APPROVED' && (draftStatus === 'SETTLED' || draftStatus === 'RECALLED');
}
