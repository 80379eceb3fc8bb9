/** From ALERT writes to the documents of alerts. */
import type { Alert } from '#kernel/records/alert.ts';
import { derivedFields, distinct } from '../read-model/derived.ts';
import type { Stamp } from '../read-model/derived.ts';
import { legParties } from '../read-model/facts.ts';
import type { ProjectionFacts } from '../read-model/facts.ts';
import type { AlertDoc } from './alert.schema.ts';
import { dueOf } from './due.rules.ts';

const CLOSED: readonly string[] = ['CLOSED', 'FALSE_ALARM'];

/** An alert as it stands after a write. */
export function projectAlert(id: string, record: Alert, stamp: Stamp, facts: ProjectionFacts): AlertDoc {
  const raise = record.life[0]?.act;
  const raisedAt = raise?.at ?? stamp.at.toISOString();
  const closed = record.life.find((one) => one.step === 'close' || one.step === 'false-alarm');
  return {
    ...derivedFields(id, stamp, raisedAt),
    division: record.division,
    parties: distinct([
      ...concerned(record, facts),
      record.responsibleOrgId,
      ...record.namedOrgIds,
      raise?.orgId,
    ]),
    rule: record.rule,
    level: record.level,
    state: record.state,
    open: !CLOSED.includes(record.state),
    ...record.subject,
    responsibleOrgId: record.responsibleOrgId,
    namedOrgIds: record.namedOrgIds,
    officeNamed: record.namedOrgIds.some((orgId) => facts.isOffice(orgId)),
    resultCodes: record.resultCodes,
    checks: record.checks,
    text: record.text,
    reported: record.reporter !== null,
    raisedAt: new Date(raisedAt),
    ...dueOf(record.level, raisedAt, facts.calendarDays()),
    closedAt: closed === undefined ? null : new Date(closed.act.at),
    record,
  };
}

/** The parties on the ledger, without banks that the leg in question does not touch: a bank sees its own legs only (R6). */
function concerned(record: Alert, facts: ProjectionFacts): readonly string[] {
  const { draftId, legId } = record.subject;
  const plan = draftId === null ? [] : (facts.draft(draftId)?.PlanPath ?? []);
  const leg = plan.find((one) => one.legId === legId);
  if (leg === undefined) return record.parties;
  const banks = new Set(plan.flatMap((one) => [one.payer.bankId, one.payee.bankId]));
  const own = legParties(leg);
  return record.parties.filter((orgId) => !banks.has(orgId) || own.includes(orgId));
}
