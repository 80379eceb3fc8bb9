/** Lets no request begin that cannot end: while Redis is away, sessions and tokens cannot be read, and the answer is 503 at once. */
import type { RequestHandler } from 'express';
import type { Platform } from '../compose.ts';
import { InfrastructureError } from '../models/kernel/errors.ts';

/** @throws InfrastructureError while Redis is away */
export function redisGate({ redisGuard }: Pick<Platform, 'redisGuard'>): RequestHandler {
  return (_req, _res, next) => {
    if (redisGuard.isAway) throw new InfrastructureError('Redis is away', 'not-applied');
    next();
  };
}
