/** Raises system alerts once per cause and leads them through their life. */
import { randomUUID } from 'node:crypto';
import type { CalendarDay } from '#kernel/dates.ts';
import type { AlertLevel } from '#kernel/records/alert.ts';
import { dueOf } from '../alert/due.rules.ts';
import { DomainError } from '../kernel/errors.ts';
import { operatorOrgId } from '../member/bootstrap.service.ts';
import {
  seesSystemAlert,
  systemAlertSteps,
  whyNotStep,
  type SystemAlertAct,
  type SystemAlertActor,
} from './system-alert.rules.ts';
import { SystemAlertModel, type SystemAlertRule, type SystemAlertStep } from './system-alert.schema.ts';

/** A cause that was seen. */
export interface SystemCause {
  readonly rule: SystemAlertRule;
  readonly level: AlertLevel;
  readonly subject: string;
  /** The platform's operator when left out. */
  readonly responsibleOrgId?: string;
  /** What was found, in one sentence; ids only. */
  readonly text?: string;
}

/** A step as a person takes it; `responsibleOrgId` with `assign` alone. */
export interface SystemAlertDeed {
  readonly step: SystemAlertAct;
  readonly text: string;
  readonly responsibleOrgId?: string;
}

/** What system alerts need from outside. */
export interface SystemAlertDeps {
  readonly now: () => Date;
  /** Days that differ from Monday to Friday. */
  readonly calendar: () => Promise<readonly CalendarDay[]>;
}

/** Raises alerts about the platform once, and ends them. */
export class SystemAlertService {
  readonly #deps: SystemAlertDeps;

  constructor(deps: SystemAlertDeps) {
    this.#deps = deps;
  }

  /** Raises an alert, or counts the cause on the one that is open; two processes at once still give one. Returns its id. */
  async raise(cause: SystemCause): Promise<string> {
    const found = await this.#count(cause, {});
    if (found !== null) return found;
    const fresh = await this.#fresh(cause);
    const insert = (): Promise<string | null> => this.#count(cause, { $setOnInsert: fresh });
    const id = await insert().catch((error: unknown) => {
      if (isDuplicateKey(error)) return insert();
      throw error;
    });
    return id ?? fresh._id;
  }

  /**
   * Ends the open alert of a cause that measures itself and is gone: the platform closes it, whatever its state.
   * @returns whether there was one
   */
  async settle({ rule, subject, text }: Pick<SystemCause, 'rule' | 'subject' | 'text'>): Promise<boolean> {
    const step: SystemAlertStep = {
      ...{ step: 'close', by: 'platform', orgId: operatorOrgId, at: this.#deps.now(), text: text ?? '' },
    };
    const closed = await SystemAlertModel.updateOne(
      { rule, subject, open: true },
      { $set: { state: 'CLOSED', open: false }, $push: { life: step } },
    );
    return closed.modifiedCount > 0;
  }

  /**
   * Takes the next step of an alert's life.
   * @throws DomainError NOT_FOUND (also for those who may not see it), WRONG_STATE, ROLE_NOT_ALLOWED, SAME_PERSON (closer = reviewer, reviewer = who explained), NAMED_UNIT
   */
  async act(id: string, actor: SystemAlertActor, deed: SystemAlertDeed): Promise<void> {
    const found = await SystemAlertModel.findById(id).lean();
    if (found === null || !seesSystemAlert(actor, found))
      throw new DomainError('NOT_FOUND', `no system alert ${id}`);
    const reason = whyNotStep(found, actor, deed.step);
    if (reason !== null)
      throw new DomainError(reason, `${actor.userId} may not ${deed.step} in ${found.state}`);
    const { to } = systemAlertSteps[deed.step];
    const step: SystemAlertStep = {
      step: deed.step,
      by: actor.userId,
      orgId: actor.orgId,
      at: this.#deps.now(),
      text: deed.text,
    };
    const isAssigned = deed.step === 'assign' && deed.responsibleOrgId !== undefined;
    const set = {
      state: to,
      open: to !== 'CLOSED' && to !== 'FALSE_ALARM',
      ...(isAssigned ? { responsibleOrgId: deed.responsibleOrgId } : {}),
    };
    const updated = await SystemAlertModel.updateOne(
      { _id: id, state: found.state, life: { $size: found.life.length } },
      { $set: set, $push: { life: step } },
    );
    if (updated.modifiedCount === 0) throw new DomainError('WRONG_STATE', 'someone else was faster');
  }

  async #count({ rule, subject }: SystemCause, insert: object): Promise<string | null> {
    const found = await SystemAlertModel.findOneAndUpdate(
      { rule, subject, open: true },
      { ...insert, $set: { lastSeenAt: this.#deps.now() }, $inc: { seen: 1 } },
      { upsert: Object.keys(insert).length > 0, returnDocument: 'after', projection: { _id: 1 } },
    ).lean();
    return found?._id ?? null;
  }

  async #fresh({ rule, subject, level, responsibleOrgId, text = '' }: SystemCause) {
    const at = this.#deps.now();
    const earlier = await SystemAlertModel.findOne({ rule, subject }, { _id: 1 })
      .sort({ raisedAt: -1 })
      .lean();
    const life: SystemAlertStep[] = [{ step: 'raise', by: 'platform', orgId: operatorOrgId, at, text }];
    return {
      _id: randomUUID(),
      level,
      responsibleOrgId: responsibleOrgId ?? operatorOrgId,
      text,
      state: 'RAISED' as const,
      raisedAt: at,
      ...dueOf(level, at.toISOString(), await this.#deps.calendar()),
      earlierId: earlier?._id ?? null,
      life,
    };
  }
}

function isDuplicateKey(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 11000;
}
