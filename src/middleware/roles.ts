/** Lets some roles through to a page; everybody else is told which right is missing. */
import type { RequestHandler } from 'express';
import type { Role } from '#kernel/records/common.ts';
import { DomainError } from '../models/kernel/errors.ts';
import { personOf } from './person.ts';

/** @throws DomainError ROLE_NOT_ALLOWED */
export function onlyRoles(...roles: readonly Role[]): RequestHandler {
  return (req, _res, next) => {
    const { role, userId } = personOf(req);
    if (!roles.includes(role)) throw new DomainError('ROLE_NOT_ALLOWED', `${userId} may not open this page`);
    next();
  };
}
