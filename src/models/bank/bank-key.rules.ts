/** The life of a bank's key: who may take which step, and when a key opens the door. */
import type { BankKey } from './bank.schema.ts';

/** Where a key stands: waiting for the second person, live, live until a day, replaced, or revoked. */
export type KeyState = 'PENDING' | 'LIVE' | 'ENDING' | 'ENDED' | 'REVOKED';

/** Longest time that a replaced key stays live, hours: seven days. */
export const longestOverlapHours = 168;
/** Days after which a key should be replaced. */
export const rotateAfterDays = 90;

/** Where the key stands at a time. */
export function keyStateOf(key: BankKey, now: Date): KeyState {
  if (key.revokedAt !== null) return 'REVOKED';
  if (key.activatedAt === null) return 'PENDING';
  const endsAt = key.endsAt ?? null;
  if (endsAt === null) return 'LIVE';
  return endsAt.getTime() > now.getTime() ? 'ENDING' : 'ENDED';
}

/** True when the key opens the door. */
export function isLive(key: BankKey, now: Date): boolean {
  return ['LIVE', 'ENDING'].includes(keyStateOf(key, now));
}

/** True when a live key has served longer than it should. */
export function isDue(key: BankKey, now: Date): boolean {
  const since = (key.activatedAt ?? key.createdAt).getTime();
  return keyStateOf(key, now) === 'LIVE' && now.getTime() - since > rotateAfterDays * 86_400_000;
}

/**
 * The keys as they stand once one of them is activated: with an overlap, those that were live end after it.
 * @returns keyId → when it ends, for the keys that end earlier than they did
 */
export function endsAfterActivation(
  keys: readonly BankKey[],
  activated: BankKey,
  now: Date,
): ReadonlyMap<string, Date> {
  if (activated.overlapHours === null) return new Map();
  const until = new Date(now.getTime() + activated.overlapHours * 3_600_000);
  const ending = keys.filter(
    (key) =>
      key.keyId !== activated.keyId && isLive(key, now) && (key.endsAt ?? until).getTime() >= until.getTime(),
  );
  return new Map(ending.map((key) => [key.keyId, until]));
}
