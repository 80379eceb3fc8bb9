/** Signing in and out of the API, and the person behind a bearer token; no cookie, so no request can be forged. */
import type { Request, RequestHandler } from 'express';
import { z } from 'zod';
import type { Platform } from '../../compose.ts';
import { DomainError } from '../../models/kernel/errors.ts';
import { personOf } from '../../middleware/person.ts';
import { actions, mayDo } from '../../models/member/rights.rules.ts';
import { checked, send } from './wire.ts';

/** What signs in. */
export const credentials = z.object({
  username: z.string().trim().min(1).max(64),
  password: z.string().min(1).max(1024),
  code: z.string().trim().max(10).default(''),
});
/** What proves again who one is: the password, and the code where there is a second factor. */
export const confirmation = credentials.omit({ username: true });
/** What signing in answers. */
export const session = z.object({
  token: z.string(),
  tokenType: z.literal('Bearer'),
  expiresAt: z.iso.datetime(),
});
/** Who is behind a token, and what he may do by role and post. */
export const me = z.object({
  userId: z.string(),
  name: z.string(),
  orgId: z.string(),
  orgName: z.string(),
  role: z.string(),
  posts: z.array(z.string()),
  division: z.string(),
  level: z.string(),
  mayDo: z.array(z.string()),
});

function tokenOf(req: Request): string {
  return /^Bearer ([A-Za-z0-9_-]{20,100})$/i.exec(req.get('authorization') ?? '')?.[1] ?? '';
}

/** @throws DomainError SIGN_IN_REFUSED, LOCKED, CODE_REQUIRED, CODE_REFUSED */
export function signIn({ services, log }: Platform): RequestHandler {
  return async (req, res) => {
    const account = await services.accounts.signIn(checked(credentials, req.body));
    const { token, expiresAt } = await services.tokens.issue(account._id);
    log.info({ requestId: res.locals.requestId, userId: account.userId }, 'signed in to the API');
    res.setHeader('Cache-Control', 'no-store');
    send(res, 201, { token, tokenType: 'Bearer', expiresAt });
  };
}

/** Resolves the token's person anew at each request. @throws DomainError NOT_SIGNED_IN, MUST_CHANGE_PASSWORD */
export function bearer({ services }: Platform): RequestHandler {
  return async (req, res, next) => {
    const token = tokenOf(req);
    const live = token === '' ? null : await services.tokens.find(token);
    const person = live === null ? null : await services.people.bySignInName(live.username);
    if (person === null) {
      res.setHeader('WWW-Authenticate', 'Bearer');
      throw new DomainError('NOT_SIGNED_IN', 'no live token');
    }
    if (person.mustChangePassword)
      throw new DomainError('MUST_CHANGE_PASSWORD', 'the first password must be changed on the site');
    req.person = person;
    res.locals.confirmedAt = live?.confirmedAt;
    res.setHeader('Cache-Control', 'no-store');
    next();
  };
}

/** Proves again who one is, so that the token may move money for ten more minutes. @throws DomainError as `signIn` */
export function confirmAgain({ services }: Platform): RequestHandler {
  return async (req, res) => {
    const { username } = personOf(req);
    await services.accounts.signIn({ username, ...checked(confirmation, req.body) });
    await services.tokens.confirm(tokenOf(req), username);
    res.status(204).end();
  };
}

/** Ends the token of the request. */
export function signOut({ services }: Platform): RequestHandler {
  return async (req, res) => {
    await services.tokens.revoke(tokenOf(req));
    res.status(204).end();
  };
}

/** Who I am and may do. */
export const showMe: RequestHandler = (req, res) => {
  const { userId, name, orgId, orgName, role, posts, division, level } = personOf(req);
  const may = actions.filter((one) => mayDo({ role, posts }, one));
  send(res, 200, { userId, name, orgId, orgName, role, posts, division, level, mayDo: may });
};
