/** Raising alerts from the contracts: one open alert per subject, rule and level. */
import { createHash } from 'node:crypto';
import type { Alert, AlertLevel, AlertRule, AlertSubject } from '#kernel/records/alert.ts';
import type { CheckResult } from '#kernel/records/draft.ts';
import { keyParts } from '#kernel/records/keys.ts';
import type { Tx } from '../tx.ts';
import { alertTexts } from './alert-texts.ts';

const eventOfStep = {
  raise: 'alert.raised',
  assign: 'alert.assigned',
  explain: 'alert.explained',
  rectify: 'alert.rectified',
  review: 'alert.reviewed',
  close: 'alert.closed',
  'false-alarm': 'alert.closed',
} as const;

/** What an alert is about and who must answer. */
export interface Raise {
  readonly rule: AlertRule;
  readonly level: AlertLevel;
  readonly subject: Partial<AlertSubject>;
  readonly division: string;
  readonly responsibleOrgId: string | null;
  readonly parties: readonly string[];
  readonly resultCodes?: readonly string[];
  readonly checks?: readonly CheckResult[];
  readonly namedOrgIds?: readonly string[];
  readonly text?: string;
}

/**
 * Raises an alert unless one on the same subject, rule and level is open; after a close the next one links to the earlier.
 * @returns the id of the open alert and whether this call raised it
 */
export async function raise(tx: Tx, input: Raise): Promise<{ id: string; raised: boolean }> {
  const subject: AlertSubject = {
    draftId: null,
    legId: null,
    projectId: null,
    flowKey: null,
    serialNo: null,
    ...input.subject,
  };
  const base = alertIdOf(input.rule, input.level, subject);
  let id = base;
  let earlierId: string | null = null;
  for (let round = 2; ; round += 1) {
    const found = await tx.get('ALERT', keyParts.ALERT(id));
    if (found === null) break;
    if (!isClosed(found)) return { id, raised: false };
    earlierId = id;
    id = `${base}.${round}`;
  }
  write(tx, { ...recordOf(tx, input, subject), id, earlierId });
  return { id, raised: true };
}

/** The first id of an alert: rule, level and a digest of the subject. */
export function alertIdOf(rule: AlertRule, level: AlertLevel, subject: AlertSubject): string {
  const parts = [subject.draftId, subject.legId, subject.flowKey, subject.serialNo, subject.projectId];
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 24);
  return `${rule}-${level}-${digest}`;
}

/** Whether the life of an alert has ended. */
export function isClosed(alert: Pick<Alert, 'state'>): boolean {
  return alert.state === 'CLOSED' || alert.state === 'FALSE_ALARM';
}

/** Puts a new or changed alert and tells the world with an event named after its last step. */
export function write(tx: Tx, alert: Alert): void {
  tx.put('ALERT', keyParts.ALERT(alert.id), alert);
  const { draftId, legId, projectId, flowKey } = alert.subject;
  tx.emit({
    type: eventOfStep[alert.life.at(-1)?.step ?? 'raise'],
    subject: {
      alertId: alert.id,
      ...(draftId === null ? {} : { draftId }),
      ...(legId === null ? {} : { legId }),
      ...(projectId === null ? {} : { projectId }),
      ...(flowKey === null ? {} : { flowKey }),
    },
    orgIds: alert.parties,
    division: alert.division,
  });
}

function recordOf(tx: Tx, input: Raise, subject: AlertSubject): Omit<Alert, 'id' | 'earlierId'> {
  const responsible = input.responsibleOrgId;
  const named = input.namedOrgIds ?? (responsible === null ? [] : [responsible]);
  const text = input.text ?? alertTexts[input.rule];
  return {
    rule: input.rule,
    level: input.level,
    subject,
    division: input.division,
    resultCodes: [...(input.resultCodes ?? [])],
    checks: [...(input.checks ?? [])],
    text,
    responsibleOrgId: responsible,
    namedOrgIds: [...named],
    reporter: null,
    parties: [...new Set([...input.parties, ...named])],
    state: 'RAISED',
    life: [{ step: 'raise', act: tx.act(), text: '', documents: [] }],
  };
}
