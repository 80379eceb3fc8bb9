/** Raises system alerts once per cause and leads them through their life. */
import { randomUUID } from 'node:crypto';
import type { AlertLevel } from '#kernel/records/alert.ts';
import { DomainError } from '../kernel/errors.ts';
import {
  SystemAlertModel,
  type SystemAlert,
  type SystemAlertRule,
  type SystemAlertStep,
} from './system-alert.schema.ts';

/** A cause that was seen. */
export interface SystemCause {
  readonly rule: SystemAlertRule;
  readonly level: AlertLevel;
  readonly subject: string;
  readonly responsibleOrgId?: string;
  readonly text?: string;
}

/** Who acts. */
export interface SystemAlertActor {
  readonly userId: string;
  readonly orgId: string;
}

/** States from which each step may be taken, and the state it leads to. */
const steps: Readonly<
  Record<
    Exclude<SystemAlertStep['step'], 'raise'>,
    { from: readonly SystemAlert['state'][]; to: SystemAlert['state'] }
  >
> = {
  assign: { from: ['RAISED', 'ASSIGNED'], to: 'ASSIGNED' },
  explain: { from: ['RAISED', 'ASSIGNED'], to: 'EXPLAINED' },
  rectify: { from: ['EXPLAINED'], to: 'RECTIFIED' },
  review: { from: ['EXPLAINED', 'RECTIFIED'], to: 'REVIEWED' },
  close: { from: ['REVIEWED'], to: 'CLOSED' },
  'false-alarm': { from: ['REVIEWED'], to: 'FALSE_ALARM' },
};

/** Raises alerts about the platform once, and ends them. */
export class SystemAlertService {
  readonly #now: () => Date;

  constructor(deps: { readonly now: () => Date }) {
    this.#now = deps.now;
  }

  /** Raises an alert, or counts the cause on the one that is open; two processes at once still give one. */
  async raise(cause: SystemCause): Promise<string> {
    const at = this.#now();
    const life: SystemAlertStep = {
      step: 'raise',
      by: 'platform',
      orgId: 'platform',
      at,
      text: cause.text ?? '',
    };
    const fresh = {
      _id: randomUUID(),
      level: cause.level,
      responsibleOrgId: cause.responsibleOrgId ?? null,
      text: cause.text ?? '',
      state: 'RAISED',
      raisedAt: at,
      life: [life],
    };
    const update = { $setOnInsert: fresh, $set: { lastSeenAt: at }, $inc: { seen: 1 } };
    const filter = { rule: cause.rule, subject: cause.subject, open: true };
    const find = async (): Promise<string> =>
      (
        await SystemAlertModel.findOneAndUpdate(filter, update, {
          upsert: true,
          returnDocument: 'after',
        }).lean()
      )._id;
    return find().catch((error: unknown) => {
      if (typeof error === 'object' && error !== null && 'code' in error && error.code === 11000)
        return find();
      throw error;
    });
  }

  /**
   * Takes the next step of an alert's life.
   * @throws DomainError NOT_FOUND, WRONG_STATE, SAME_PERSON (closer = reviewer, reviewer = who explained), NAMED_UNIT
   */
  async act(
    id: string,
    actor: SystemAlertActor,
    act: { step: Exclude<SystemAlertStep['step'], 'raise'>; text: string; responsibleOrgId?: string },
  ): Promise<void> {
    const found = await SystemAlertModel.findById(id).lean();
    if (found === null) throw new DomainError('NOT_FOUND', `no system alert ${id}`);
    const { from, to } = steps[act.step];
    if (!from.includes(found.state))
      throw new DomainError('WRONG_STATE', `a system alert in ${found.state} takes no ${act.step}`);
    requireOthers(found, actor, act.step);
    const step: SystemAlertStep = {
      step: act.step,
      by: actor.userId,
      orgId: actor.orgId,
      at: this.#now(),
      text: act.text,
    };
    const set = {
      state: to,
      open: to !== 'CLOSED' && to !== 'FALSE_ALARM',
      ...(act.responsibleOrgId === undefined ? {} : { responsibleOrgId: act.responsibleOrgId }),
    };
    const updated = await SystemAlertModel.updateOne(
      { _id: id, state: found.state, life: { $size: found.life.length } },
      { $set: set, $push: { life: step } },
    );
    if (updated.modifiedCount === 0) throw new DomainError('WRONG_STATE', 'someone else was faster');
  }
}

function requireOthers(alert: SystemAlert, actor: SystemAlertActor, step: SystemAlertStep['step']): void {
  const before: Partial<Record<SystemAlertStep['step'], readonly SystemAlertStep['step'][]>> = {
    review: ['explain', 'rectify'],
    close: ['review'],
    'false-alarm': ['review'],
  };
  const others = before[step] ?? [];
  if (alert.life.some((one) => others.includes(one.step) && one.by === actor.userId))
    throw new DomainError('SAME_PERSON', 'another person must take this step');
  if ((step === 'close' || step === 'false-alarm') && alert.responsibleOrgId === actor.orgId)
    throw new DomainError('NAMED_UNIT', 'the unit that answers cannot close');
}
