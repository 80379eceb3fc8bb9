/** CSRF tokens bound to the session; every form and every changing request of a page carries one. */
import { csrfSync } from 'csrf-sync';
import type { Request } from 'express';
import { DomainError } from '../models/kernel/errors.ts';

const csrf = csrfSync({
  getTokenFromRequest: (req: Request) => {
    const body = req.body as { _csrf?: unknown } | undefined;
    return typeof body?._csrf === 'string' ? body._csrf : req.get('x-csrf-token');
  },
  skipCsrfProtection: (req: Request) => req.is('multipart/form-data') !== false,
});

/** Refuses a changing request without the session's token. Multipart forms are checked by their reader: `isCsrfTokenOf`. */
export const csrfProtection = csrf.csrfSynchronisedProtection;

/** The session's token, for forms. */
export function csrfTokenOf(req: Request): string {
  return csrf.generateToken(req);
}

/** @throws DomainError CSRF when the token is not the session's */
export function requireCsrfToken(req: Request, token: string): void {
  if (token === '' || csrf.getTokenFromState(req) !== token)
    throw new DomainError('CSRF', 'the form token is missing or old');
}
