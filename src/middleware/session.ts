/** Sessions in Redis: an idle and an absolute limit, a new id at sign-in, ended on the server at sign-out. */
import { RedisStore } from 'connect-redis';
import type { RequestHandler } from 'express';
import session from 'express-session';
import type { RedisClientType } from 'redis';
import { sessionPrefix } from '../models/account/sessions.service.ts';
import type { Config } from '../config.ts';

declare module 'express-session' {
  interface SessionData {
    username: string;
    /** ms since epoch. */
    signedInAt: number;
    /** When the password was last given, ms since epoch. */
    confirmedAt: number;
    unit: 'yuan' | 'wan' | 'yi';
    notice: string;
    /** What the browser calls itself, cut short. */
    device: string;
  }
}

/** The session middleware and a check of the absolute limit. */
export function sessions(config: Config, client: RedisClientType): RequestHandler[] {
  const idleMs = config.sessionIdleMinutes * 60_000;
  const absoluteMs = config.sessionAbsoluteHours * 3_600_000;
  const opened = session({
    name: 'fupin.sid',
    secret: config.sessionSecret,
    store: new RedisStore({ client, prefix: sessionPrefix, ttl: Math.ceil(idleMs / 1000) }),
    resave: false,
    saveUninitialized: false,
    rolling: true,
    cookie: {
      httpOnly: true,
      sameSite: 'lax',
      secure: config.publicUrl.startsWith('https:'),
      maxAge: idleMs,
    },
  });
  const absolute: RequestHandler = (req, _res, next) => {
    const { signedInAt } = req.session;
    if (signedInAt === undefined || Date.now() - signedInAt < absoluteMs) next();
    else req.session.regenerate((error: unknown) => next(error));
  };
  return [opened, absolute];
}
