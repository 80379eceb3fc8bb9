/** From EVIDENCE writes to the documents of anchored files. */
import type { Evidence } from '#kernel/records/evidence.ts';
import { derivedFields, distinct } from '../read-model/derived.ts';
import type { Stamp } from '../read-model/derived.ts';
import type { ProjectionFacts } from '../read-model/facts.ts';
import type { EvidenceDoc } from './evidence.schema.ts';

/** An anchored file as it stands after a write; a project's files concern its applicant and unit. */
export function projectEvidence(
  id: string,
  record: Evidence,
  stamp: Stamp,
  facts: ProjectionFacts,
): EvidenceDoc {
  const projectId = projectIdOf(record.owner);
  const project = projectId === null ? undefined : facts.project(projectId);
  return {
    ...derivedFields(id, stamp, record.anchored.at),
    division: project?.division ?? facts.divisionOf(record.orgId) ?? '',
    parties: distinct([record.orgId, project?.applicantOrgId, project?.unitOrgId]),
    sha256: record.sha256,
    size: record.size,
    mediaType: record.mediaType,
    chunksHash: record.chunksHash,
    ownerKind: record.owner.kind,
    ownerId: record.owner.id,
    projectId: project === undefined ? null : projectId,
    orgId: record.orgId,
    anchoredBy: record.anchored.by,
    anchoredAt: new Date(record.anchored.at),
    record,
  };
}

/** The project that an owner of a file belongs to: the project itself, or the part of a milestone's id before `~`. */
export function projectIdOf(owner: Evidence['owner']): string | null {
  if (owner.kind === 'project') return owner.id;
  return owner.kind === 'milestone' ? (owner.id.split(/[~/#:]/)[0] ?? null) : null;
}
