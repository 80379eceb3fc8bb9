/** 问题申报 (a problem the system missed) and what callers may read of alerts. */
import type { z } from 'zod';
import type { Alert, alertArgs } from '#kernel/records/alert.ts';
import { keyParts } from '#kernel/records/keys.ts';
import { partiesOf } from '../reconciliation/book.ts';
import { Refusal } from '../refusal.ts';
import { maySee } from '../scope.ts';
import type { Tx } from '../tx.ts';
import type { AlertReply } from './life.ts';
import { write } from './raise.ts';

/**
 * Opens an alert in a person's own words, about something the person may see.
 * @throws Refusal NOT_FOUND, OUT_OF_SCOPE, REFERENCE_INVALID for a named unit that does not exist, ALREADY_EXISTS
 */
export async function report(tx: Tx, args: z.infer<typeof alertArgs.report>): Promise<AlertReply> {
  const { id, subject, text, documents } = args;
  if ((await tx.get('ALERT', keyParts.ALERT(id))) !== null) throw new Refusal('ALREADY_EXISTS', { id });
  const { division, parties } = await concerned(tx, subject);
  const named = [...new Set(args.namedOrgIds)];
  for (const orgId of named) await tx.must('ORG', keyParts.ORG(orgId), 'REFERENCE_INVALID');
  const alert: Alert = {
    ...{ id, rule: 'USER', level: 'yellow', subject, division, resultCodes: [], checks: [], text },
    ...{ responsibleOrgId: null, namedOrgIds: named, reporter: tx.caller.userId },
    ...{ parties: [...new Set([...parties, ...named, tx.caller.orgId])], state: 'RAISED', earlierId: null },
    life: [{ step: 'raise', act: tx.act(), text: '', documents }],
  };
  write(tx, alert);
  return { outcome: 'DONE', id, state: alert.state };
}

/** The reporter is shown to the leading office, the auditor and the reporter alone. @throws Refusal NOT_FOUND, OUT_OF_SCOPE */
export async function query(tx: Tx, { id }: { id: string }): Promise<Alert> {
  const alert = await tx.must('ALERT', keyParts.ALERT(id));
  const { caller } = tx;
  if (!maySee(caller, alert.division, alert.parties)) throw new Refusal('OUT_OF_SCOPE', { id });
  const open = caller.role === 'leading-office' || caller.role === 'auditor' || caller.role === 'platform';
  if (alert.reporter === null || open || caller.userId === alert.reporter) return alert;
  const { reporter } = alert;
  const life = alert.life.map((line) =>
    line.step === 'raise' && line.act.by === reporter
      ? { ...line, act: { ...line.act, by: '-', orgId: '-' } }
      : line,
  );
  return { ...alert, reporter: null, life };
}

async function concerned(
  tx: Tx,
  subject: Alert['subject'],
): Promise<{ division: string; parties: readonly string[] }> {
  if (subject.draftId !== null) {
    const draft = await tx.must('DRAFT', keyParts.DRAFT(subject.draftId));
    return seen(tx, draft.division, partiesOf(draft));
  }
  if (subject.projectId !== null) {
    const project = await tx.must('PROJECT', keyParts.PROJECT(subject.projectId));
    return seen(tx, project.division, [project.applicantOrgId, project.content.unitOrgId]);
  }
  return { division: tx.caller.division, parties: [] };
}

function seen(
  tx: Tx,
  division: string,
  parties: readonly string[],
): { division: string; parties: readonly string[] } {
  if (!maySee(tx.caller, division, parties)) throw new Refusal('OUT_OF_SCOPE', { division });
  return { division, parties };
}
