/** The bell: alerts that my organisation must answer and that were raised since I last opened the messages. */
import type { Redis } from 'ioredis';
import { isAdministrator, type Person } from '../member/person.ts';
import { withinScope } from '../member/scope.rules.ts';
import type { ReadModels } from '../read-model/read-models.ts';

/** What notification needs from outside. */
export interface NotificationDeps {
  readonly redis: Pick<Redis, 'get' | 'set'>;
  readonly models: Pick<ReadModels, 'alert'>;
  readonly now: () => Date;
}

/** Counts what a person has not seen yet. */
export class NotificationService {
  readonly #deps: NotificationDeps;

  constructor(deps: NotificationDeps) {
    this.#deps = deps;
  }

  /** How many the person has not seen. */
  async unread(person: Person): Promise<number> {
    if (isAdministrator(person)) return 0;
    const seen = new Date(Number((await this.#deps.redis.get(keyOf(person))) ?? '0'));
    const own = { responsibleOrgId: person.orgId, open: true, raisedAt: { $gt: seen } };
    return this.#deps.models.alert.countDocuments(withinScope(person, 'alert', own));
  }

  /** The person has opened the messages. */
  async markRead(person: Person): Promise<void> {
    await this.#deps.redis.set(keyOf(person), String(this.#deps.now().getTime()));
  }
}

function keyOf({ userId }: Person): string {
  return `messages-read:${userId}`;
}
