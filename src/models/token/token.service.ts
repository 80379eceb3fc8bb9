/** Bearer tokens of the JSON API: random, kept as hashes for an hour, and ended at sign-out. */
import { createHash, randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { z } from 'zod';

/** How long a token lives, s. */
export const tokenSeconds = 3600;

/** A new token; the text itself is never stored. */
export interface IssuedToken {
  readonly token: string;
  readonly expiresAt: Date;
}

/** Whose token it is, and when the password (and the code, where there is one) was last given for it. */
export interface LiveToken {
  readonly username: string;
  readonly confirmedAt: Date;
}
const stored = z.object({ username: z.string(), confirmedAtMs: z.number() });

/** What bearer tokens need from outside. */
export interface TokenServiceDeps {
  readonly redis: Pick<Redis, 'set' | 'get' | 'del'>;
  readonly now: () => Date;
}

/** Bearer tokens of the API: given, recognised and taken back. */
export class TokenService {
  readonly #deps: TokenServiceDeps;

  constructor(deps: TokenServiceDeps) {
    this.#deps = deps;
  }

  /** Makes a token for a sign-in name whose password was just checked. */
  async issue(username: string): Promise<IssuedToken> {
    const token = randomBytes(32).toString('base64url');
    await this.#deps.redis.set(keyOf(token), this.#confirmed(username), 'EX', tokenSeconds);
    return { token, expiresAt: new Date(this.#deps.now().getTime() + tokenSeconds * 1000) };
  }

  /** Who is behind a live token, or null. */
  async find(token: string): Promise<LiveToken | null> {
    const text = await this.#deps.redis.get(keyOf(token));
    if (text === null) return null;
    const { username, confirmedAtMs } = stored.parse(JSON.parse(text));
    return { username, confirmedAt: new Date(confirmedAtMs) };
  }

  /** Notes that the person behind a live token has just proved again who it is; the token ends when it would have ended. */
  async confirm(token: string, username: string): Promise<void> {
    await this.#deps.redis.set(keyOf(token), this.#confirmed(username), 'KEEPTTL', 'XX');
  }

  async revoke(token: string): Promise<void> {
    await this.#deps.redis.del(keyOf(token));
  }

  #confirmed(username: string): string {
    return JSON.stringify({ username, confirmedAtMs: this.#deps.now().getTime() });
  }
}

function keyOf(token: string): string {
  return `api-token:${createHash('sha256').update(token).digest('hex')}`;
}
