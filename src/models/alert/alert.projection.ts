/** From ALERT writes to the documents of alerts. */
import type { Alert } from '#kernel/records/alert.ts';
import { derivedFields, distinct } from '../read-model/derived.ts';
import type { Stamp } from '../read-model/derived.ts';
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
    parties: distinct([...record.parties, record.responsibleOrgId, ...record.namedOrgIds, raise?.orgId]),
    rule: record.rule,
    level: record.level,
    state: record.state,
    open: !CLOSED.includes(record.state),
    ...record.subject,
    responsibleOrgId: record.responsibleOrgId,
    namedOrgIds: record.namedOrgIds,
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
