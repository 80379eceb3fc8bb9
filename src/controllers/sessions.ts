/** The sessions of signed-in people, for the pages that open, list and end them. */
import { sha256Hex } from '#kernel/canonical-json.ts';
import type { Platform } from '../compose.ts';
import { SessionsService } from '../models/account/sessions.service.ts';

/** The service over the platform's own Redis. */
export function sessionsOf({
  redis,
  config,
  now,
}: Pick<Platform, 'redis' | 'config' | 'now'>): SessionsService {
  return new SessionsService({
    redis,
    idleMs: config.sessionIdleMinutes * 60_000,
    now,
    nameOf: (id) => sha256Hex(id).slice(0, 16),
  });
}
