/** The life of an alert after it was raised: assigned, explained, rectified, reviewed, closed, each by the right unit and person. */
import type { z } from 'zod';
import type { Alert, alertArgs } from '#kernel/records/alert.ts';
import { keyParts } from '#kernel/records/keys.ts';
import { requirePost, requireRole } from '../caller.ts';
import { Refusal } from '../refusal.ts';
import { requireDivision, requireOrganisation, requireOtherPerson } from '../scope.ts';
import type { Tx } from '../tx.ts';
import { acceptFailures } from './accept-failures.ts';
import { write } from './raise.ts';

type StepArgs = z.infer<typeof alertArgs.explain>;
type Step = Alert['life'][number]['step'];
/** What a step of an alert's life answers. */
export interface AlertReply {
  readonly outcome: 'DONE';
  readonly id: string;
  readonly state: Alert['state'];
}

/** The leading office, or the county inside its division, names the unit that must answer. */
export async function assign(tx: Tx, args: z.infer<typeof alertArgs.assign>): Promise<AlertReply> {
  const alert = await alertIn(tx, args.id, ['RAISED', 'ASSIGNED']);
  await requireJudge(tx, alert);
  const org = await tx.must('ORG', keyParts.ORG(args.responsibleOrgId), 'REFERENCE_INVALID');
  if (org.state !== 'ACTIVE') throw new Refusal('REFERENCE_INVALID', { orgId: org.id });
  alert.responsibleOrgId = org.id;
  alert.namedOrgIds = [...new Set([...alert.namedOrgIds, org.id])];
  alert.parties = [...new Set([...alert.parties, org.id])];
  return put(tx, alert, { step: 'assign', state: 'ASSIGNED', args });
}

/** The responsible unit says what happened. */
export async function explain(tx: Tx, args: StepArgs): Promise<AlertReply> {
  const alert = await alertIn(tx, args.id, ['RAISED', 'ASSIGNED']);
  requireResponsible(tx, alert);
  return put(tx, alert, { step: 'explain', state: 'EXPLAINED', args });
}

/** The responsible unit says what it has put right. */
export async function rectify(tx: Tx, args: StepArgs): Promise<AlertReply> {
  const alert = await alertIn(tx, args.id, ['EXPLAINED']);
  requireResponsible(tx, alert);
  return put(tx, alert, { step: 'rectify', state: 'RECTIFIED', args });
}

/** A unit that the alert does not name looks at the answer. */
export async function review(tx: Tx, args: StepArgs): Promise<AlertReply> {
  const alert = await alertIn(tx, args.id, ['EXPLAINED', 'RECTIFIED']);
  await requireJudge(tx, alert);
  requireOtherPerson(tx.caller, actsOf(alert, ['explain', 'rectify']));
  return put(tx, alert, { step: 'review', state: 'REVIEWED', args });
}

/** Another person than the reviewer ends the alert; with `acceptChecks` the payment it is about may stand. */
export async function close(tx: Tx, args: z.infer<typeof alertArgs.close>): Promise<AlertReply> {
  const alert = await alertIn(tx, args.id, ['REVIEWED']);
  await requireJudge(tx, alert);
  requireOtherPerson(tx.caller, actsOf(alert, ['explain', 'rectify', 'review']));
  if (args.acceptChecks === true) {
    requireRole(tx.caller, ['leading-office']);
    await acceptFailures(tx, alert);
  }
  const step = args.falseAlarm ? 'false-alarm' : 'close';
  return put(tx, alert, { step, state: args.falseAlarm ? 'FALSE_ALARM' : 'CLOSED', args });
}

async function alertIn(tx: Tx, id: string, states: readonly Alert['state'][]): Promise<Alert> {
  const alert = await tx.must('ALERT', keyParts.ALERT(id));
  if (!states.includes(alert.state)) throw new Refusal('WRONG_STATE', { id, state: alert.state });
  return alert;
}

/**
 * R3: a named unit never judges its own alert. A county that is named leaves it to the leading office; only where the
 * leading office itself is named, the finance department judges.
 */
async function requireJudge(tx: Tx, alert: Alert): Promise<void> {
  const { caller } = tx;
  if (alert.namedOrgIds.includes(caller.orgId)) throw new Refusal('NAMED_UNIT', { id: alert.id });
  requireDivision(caller, alert.division);
  if (caller.role !== 'province-finance') return;
  for (const orgId of alert.namedOrgIds) {
    const org = await tx.get('ORG', keyParts.ORG(orgId));
    if (org?.roles.includes('leading-office') === true) return;
  }
  throw new Refusal('ROLE_NOT_ALLOWED', { role: caller.role });
}

function requireResponsible(tx: Tx, alert: Alert): void {
  if (alert.responsibleOrgId === null) throw new Refusal('WRONG_STATE', { id: alert.id, state: alert.state });
  requireOrganisation(tx.caller, alert.responsibleOrgId);
  requirePost(tx.caller, ['handle']);
}

function actsOf(alert: Alert, steps: readonly Step[]): Alert['life'][number]['act'][] {
  return alert.life.filter((line) => steps.includes(line.step)).map((line) => line.act);
}

function put(tx: Tx, alert: Alert, done: { step: Step; state: Alert['state']; args: StepArgs }): AlertReply {
  const { text, documents } = done.args;
  alert.state = done.state;
  alert.life.push({ step: done.step, act: tx.act(), text, documents });
  write(tx, alert);
  return { outcome: 'DONE', id: alert.id, state: alert.state };
}
