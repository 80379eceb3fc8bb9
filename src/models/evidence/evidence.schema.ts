/** Read model of files anchored on the ledger. */
import type { Evidence } from '#kernel/records/evidence.ts';
import type { Derived, OfRecord, Scoped } from '../read-model/derived.ts';
import { derivedSchema, fieldTypes as f, recordDefinition, scopeDefinition } from '../read-model/derived.ts';

/** An anchored file; `_id` is sha256~ownerKind~ownerId. Parties: the anchoring unit and those of the owning project. */
export interface EvidenceDoc extends Derived, Scoped, OfRecord<Evidence> {
  readonly sha256: string;
  readonly size: number;
  readonly mediaType: string;
  readonly chunksHash: string;
  readonly ownerKind: Evidence['owner']['kind'];
  readonly ownerId: string;
  readonly projectId: string | null;
  readonly orgId: string;
  readonly anchoredBy: string;
  readonly anchoredAt: Date;
}

export const evidenceSchema = derivedSchema<EvidenceDoc>('evidence', {
  ...scopeDefinition,
  ...recordDefinition,
  sha256: f.text,
  size: f.count,
  mediaType: f.text,
  chunksHash: f.text,
  ownerKind: f.text,
  ownerId: f.text,
  projectId: f.textOrNull,
  orgId: f.text,
  anchoredBy: f.text,
  anchoredAt: f.date,
});
evidenceSchema.index({ sha256: 1 });
evidenceSchema.index({ ownerKind: 1, ownerId: 1 });
evidenceSchema.index({ projectId: 1 });
evidenceSchema.index({ anchoredAt: -1 });
