/** Bearer tokens of the JSON API: random, kept as hashes for an hour, and ended at sign-out. */
import { createHash, randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';

/** How long a token lives, s. */
export const tokenSeconds = 3600;

/** A new token; the text itself is never stored. */
export interface IssuedToken {
  readonly token: string;
  readonly expiresAt: Date;
}

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
    await this.#deps.redis.set(keyOf(token), username, 'EX', tokenSeconds);
    return { token, expiresAt: new Date(this.#deps.now().getTime() + tokenSeconds * 1000) };
  }

  /** The sign-in name behind a live token, or null. */
  async username(token: string): Promise<string | null> {
    return this.#deps.redis.get(keyOf(token));
  }

  async revoke(token: string): Promise<void> {
    await this.#deps.redis.del(keyOf(token));
  }
}

function keyOf(token: string): string {
  return `api-token:${createHash('sha256').update(token).digest('hex')}`;
}
