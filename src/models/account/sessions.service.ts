/** A person's open sessions, as the store of sessions knows them: listed for their owner, and ended by him. */
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { DomainError } from '../kernel/errors.ts';

/** Before the id of a session in Redis. */
export const sessionPrefix = 'session:';

/** An open session; `id` is a name for the session that does not open it. */
export interface OpenSession {
  readonly id: string;
  readonly signedInAt: Date;
  readonly lastSeenAt: Date;
  readonly device: string;
  readonly isThis: boolean;
}

/** What the list of sessions needs from outside. */
export interface SessionsDeps {
  readonly redis: Pick<Redis, 'sadd' | 'srem' | 'smembers' | 'get' | 'pttl' | 'del'>;
  /** How long an unused session stays open, ms. */
  readonly idleMs: number;
  readonly now: () => Date;
  /** Hash of a session's secret id, which alone is shown. */
  readonly nameOf: (sessionId: string) => string;
}

const kept = z.object({
  username: z.string(),
  signedInAt: z.number(),
  device: z.string().default(''),
});

/** Sessions by sign-in name. */
export class SessionsService {
  readonly #deps: SessionsDeps;

  constructor(deps: SessionsDeps) {
    this.#deps = deps;
  }

  /** A session was opened. */
  async opened(username: string, sessionId: string): Promise<void> {
    await this.#deps.redis.sadd(keyOf(username), sessionId);
  }

  /** The open sessions of a person, newest first. @param current the session that asks */
  async list(username: string, current: string): Promise<OpenSession[]> {
    const found = await Promise.all(
      (await this.#ids(username)).map(async (id) => this.#open(username, id, current)),
    );
    return found
      .filter((one) => one !== null)
      .sort((a, b) => b.signedInAt.getTime() - a.signedInAt.getTime());
  }

  /** Ends one session of the person. @throws DomainError NOT_FOUND when it is none of his */
  async end(username: string, name: string): Promise<void> {
    const id = (await this.#ids(username)).find((one) => this.#deps.nameOf(one) === name);
    if (id === undefined) throw new DomainError('NOT_FOUND', 'no such session');
    await this.#drop(username, id);
  }

  /** Ends every session but the one that asks. @returns how many */
  async endOthers(username: string, current: string): Promise<number> {
    const others = (await this.#ids(username)).filter((id) => id !== current);
    for (const id of others) await this.#drop(username, id);
    return others.length;
  }

  async #ids(username: string): Promise<string[]> {
    return this.#deps.redis.smembers(keyOf(username));
  }

  async #open(username: string, id: string, current: string): Promise<OpenSession | null> {
    const { redis, idleMs, now, nameOf } = this.#deps;
    const [text, left] = await Promise.all([redis.get(sessionPrefix + id), redis.pttl(sessionPrefix + id)]);
    const session = kept.safeParse(JSON.parse(text ?? 'null'));
    if (!session.success || session.data.username !== username) {
      await redis.srem(keyOf(username), id);
      return null;
    }
    const unusedMs = left < 0 ? 0 : Math.max(0, idleMs - left);
    return {
      id: nameOf(id),
      signedInAt: new Date(session.data.signedInAt),
      lastSeenAt: new Date(now().getTime() - unusedMs),
      device: session.data.device,
      isThis: id === current,
    };
  }

  async #drop(username: string, id: string): Promise<void> {
    await this.#deps.redis.del(sessionPrefix + id);
    await this.#deps.redis.srem(keyOf(username), id);
  }
}

function keyOf(username: string): string {
  return `sessions-of:${username}`;
}
