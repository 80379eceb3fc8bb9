/** Puts the signed-in person on the request; sends everybody else to the sign-in page. */
import type { Request, RequestHandler } from 'express';
import { paths } from '../paths.ts';
import type { Person } from '../models/member/person.ts';
import type { PersonService } from '../models/member/person.service.ts';
import { DomainError, InfrastructureError } from '../models/kernel/errors.ts';

declare module 'express-serve-static-core' {
  interface Request {
    /** The signed-in person; absent on the sign-in page and for machines. */
    person?: Person & { readonly username: string; readonly mustChangePassword: boolean };
  }
}

/** How long a given password counts for money actions, ms. */
export const confirmedForMs = 10 * 60_000;

/**
 * Reads the person of the session. A session whose person is no longer active ends here.
 * @param isWhole false while the read model is made anew, when nobody can be found
 */
export function signedIn(people: PersonService, isWhole: () => Promise<boolean>): RequestHandler {
  return async (req, res, next) => {
    const { username } = req.session;
    const person = username === undefined ? null : await people.bySignInName(username);
    if (username !== undefined && person === null) {
      if (!(await isWhole())) throw new InfrastructureError('the read model is made anew', 'not-applied');
      await endSession(req);
    }
    if (person !== null) {
      req.person = person;
      res.locals.person = person;
    }
    next();
  };
}

/** Lets signed-in people through, who have set a password of their own. */
export const requirePerson: RequestHandler = (req, res, next) => {
  if (req.person === undefined)
    res.redirect(
      303,
      `${paths.signIn}?next=${encodeURIComponent(req.method === 'GET' ? req.originalUrl : paths.home)}`,
    );
  else if (req.person.mustChangePassword && req.path !== paths.newPassword && req.path !== paths.signOut)
    res.redirect(303, paths.newPassword);
  else next();
};

/** The person of a request behind `requirePerson`. @throws DomainError NOT_SIGNED_IN */
export function personOf(req: Request): NonNullable<Request['person']> {
  if (req.person === undefined) throw new DomainError('NOT_SIGNED_IN', 'nobody is signed in');
  return req.person;
}

/** True when the password was given within the last ten minutes. */
export function isRecentlyConfirmed(req: Request): boolean {
  return Date.now() - (req.session.confirmedAt ?? 0) < confirmedForMs;
}

/** Ends the session on the server and starts an empty one. */
export async function endSession(req: Request): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    req.session.regenerate((error: unknown) =>
      error === undefined || error === null
        ? resolve()
        : reject(error instanceof Error ? error : new Error('session')),
    );
  });
}
