/** From PROJECT writes to the documents of projects. */
import type { Project } from '#kernel/records/project.ts';
import { derivedFields, distinct } from '../read-model/derived.ts';
import type { Stamp } from '../read-model/derived.ts';
import { gramsOf } from '../search/name-grams.ts';
import { legParties } from '../read-model/facts.ts';
import type { ProjectDoc } from './project.schema.ts';

/** A project as it stands after a write. */
export function projectProject(id: string, record: Project, stamp: Stamp): ProjectDoc {
  const { content, steps, progress } = record;
  const last = steps.at(-1);
  const first = steps[0];
  return {
    ...derivedFields(id, stamp, first?.act.at ?? stamp.at.toISOString()),
    division: record.division,
    parties: partiesOf(record),
    name: content.name,
    nameGrams: gramsOf(content.name),
    townshipCode: content.townshipCode,
    category: content.category,
    state: record.state,
    fundId: content.fundId,
    callId: content.callId,
    amountFen: BigInt(content.amountFen),
    applicantOrgId: record.applicantOrgId,
    unitOrgId: content.unitOrgId,
    draftId: record.draftId,
    revision: record.revision,
    contentHash: record.contentHash,
    lastStep: last?.step ?? 'apply',
    lastStepBy: last?.act.by ?? '',
    lastStepAt: new Date(last?.act.at ?? stamp.at),
    milestoneCount: content.milestones.length,
    milestonesReported: progress.filter((one) => one.state === 'REPORTED').length,
    milestonesAccepted: progress.filter((one) => one.state === 'ACCEPTED').length,
    record,
  };
}

// Payers, payees and banks are concerned from the issue on; before it they see nothing of an application (matrix rows 5–7).
function partiesOf(record: Project): string[] {
  const planned = record.draftId === null ? [] : (record.plan?.legs ?? []).flatMap(legParties);
  return distinct([record.applicantOrgId, record.content.unitOrgId, ...planned]);
}
