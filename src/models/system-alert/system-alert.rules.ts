/** Who may see a system alert and take which step of its life. Pure. */
import type { Role } from '#kernel/records/common.ts';
import type { SystemAlert, SystemAlertStep } from './system-alert.schema.ts';

/** A step that a person takes. */
export type SystemAlertAct = Exclude<SystemAlertStep['step'], 'raise'>;

/** Who looks or acts. */
export interface SystemAlertActor {
  readonly userId: string;
  readonly orgId: string;
  readonly role: Role;
}

/** Roles that see every system alert; everybody else sees those that the own unit must answer. */
const readers: readonly Role[] = ['sys-admin', 'sec-admin', 'log-admin', 'leading-office', 'auditor'];
/** Roles that name the unit, review and close, where their own unit is not named. */
const judges: readonly Role[] = ['leading-office', 'sys-admin', 'sec-admin'];
/** Roles that only look, whatever their unit must answer (R4, R5). */
const onlookers: readonly Role[] = ['log-admin', 'auditor', 'bank-feed', 'platform'];

/** States from which each step may be taken, and the state it leads to. */
export const systemAlertSteps: Readonly<
  Record<
    SystemAlertAct,
    { readonly from: readonly SystemAlert['state'][]; readonly to: SystemAlert['state'] }
  >
> = {
  assign: { from: ['RAISED', 'ASSIGNED'], to: 'ASSIGNED' },
  explain: { from: ['RAISED', 'ASSIGNED'], to: 'EXPLAINED' },
  rectify: { from: ['EXPLAINED'], to: 'RECTIFIED' },
  review: { from: ['EXPLAINED', 'RECTIFIED'], to: 'REVIEWED' },
  close: { from: ['REVIEWED'], to: 'CLOSED' },
  'false-alarm': { from: ['REVIEWED'], to: 'FALSE_ALARM' },
};
/** Whose hand must have been another one's. */
const othersOf: Readonly<Partial<Record<SystemAlertAct, readonly SystemAlertStep['step'][]>>> = {
  review: ['explain', 'rectify'],
  close: ['explain', 'rectify', 'review'],
  'false-alarm': ['explain', 'rectify', 'review'],
};

/** Whether the person sees the alerts of every unit. */
export function seesAllSystemAlerts({ role }: Pick<SystemAlertActor, 'role'>): boolean {
  return readers.includes(role);
}

/** Whether the alert is there for this person. */
export function seesSystemAlert(
  actor: Pick<SystemAlertActor, 'role' | 'orgId'>,
  alert: Pick<SystemAlert, 'responsibleOrgId'>,
): boolean {
  return seesAllSystemAlerts(actor) || alert.responsibleOrgId === actor.orgId;
}

/** Why a step may not be taken. */
export type StepRefusal = 'WRONG_STATE' | 'NAMED_UNIT' | 'ROLE_NOT_ALLOWED' | 'SAME_PERSON';
type Judged = Pick<SystemAlert, 'state' | 'responsibleOrgId' | 'life'>;

/**
 * Why the person may not take a step, as a refusal code; null = it may be taken.
 * The unit that must answer explains and rectifies; another unit names it, reviews and closes (R3), each another person.
 */
export function whyNotStep(alert: Judged, actor: SystemAlertActor, step: SystemAlertAct): StepRefusal | null {
  if (!systemAlertSteps[step].from.includes(alert.state)) return 'WRONG_STATE';
  if (onlookers.includes(actor.role)) return 'ROLE_NOT_ALLOWED';
  const isNamed = alert.responsibleOrgId === actor.orgId;
  if (step === 'explain' || step === 'rectify') return isNamed ? null : 'ROLE_NOT_ALLOWED';
  if (isNamed && step !== 'assign') return 'NAMED_UNIT';
  return judges.includes(actor.role) ? samePerson(alert, actor, step) : 'ROLE_NOT_ALLOWED';
}

function samePerson(alert: Judged, actor: SystemAlertActor, step: SystemAlertAct): StepRefusal | null {
  const others = othersOf[step] ?? [];
  const same = alert.life.some((one) => others.includes(one.step) && one.by === actor.userId);
  return same ? 'SAME_PERSON' : null;
}

/** The steps that the person may take now. */
export function openSteps(alert: Judged, actor: SystemAlertActor): SystemAlertAct[] {
  const all = Object.keys(systemAlertSteps) as SystemAlertAct[];
  return all.filter((step) => whyNotStep(alert, actor, step) === null);
}
