/** Signing in and out, and the demonstration's accounts. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import type { Platform } from '../compose.ts';
import { refusalText, t } from '../messages/index.ts';
import { endSession } from '../middleware/person.ts';
import { problemOf } from '../middleware/errors.ts';
import { DomainError } from '../models/kernel/errors.ts';
import { paths } from '../paths.ts';
import { sessionsOf } from './sessions.ts';

const signInForm = z.object({
  username: z.string().trim().min(1).max(64),
  password: z.string().min(1).max(1024),
  code: z.string().trim().max(10).default(''),
  next: z.string().max(500).default(''),
});
const demoAccounts = z.array(
  z.object({
    username: z.string(),
    password: z.string(),
    name: z.string(),
    role: z.string(),
    organisation: z.string(),
    walk: z.boolean().default(false),
  }),
);
type DemoAccount = z.infer<typeof demoAccounts>[number];

/** Routes before sign-in, and sign-out. */
export function signInRoutes(platform: Platform): Router {
  const { services, config, log } = platform;
  const router = Router();
  const sessions = sessionsOf(platform);
  const readDemo = async (): Promise<DemoAccount[]> => {
    if (config.installation !== 'demo') return [];
    const text = await readFile(join(config.dataDir, 'demo-accounts.json'), 'utf8').catch(() => '[]');
    return demoAccounts.parse(JSON.parse(text));
  };
  const show = async (req: Request, res: Response, more: object = {}): Promise<void> => {
    res.render('sign-in', {
      title: t('sign.title'),
      demo: await readDemo(),
      next: localPath(req.query.next),
      username: '',
      ...more,
    });
  };
  const open = async (req: Request, res: Response, input: z.infer<typeof signInForm>): Promise<void> => {
    const account = await services.accounts.signIn(input);
    await endSession(req);
    Object.assign(req.session, {
      username: account._id,
      signedInAt: Date.now(),
      confirmedAt: Date.now(),
      device: deviceOf(req),
    });
    await sessions.opened(account._id, req.sessionID);
    log.info({ requestId: res.locals.requestId, userId: account.userId }, 'signed in');
    res.redirect(303, localPath(input.next));
  };
  router.get(paths.signIn, async (req, res) => show(req, res));
  router.post(paths.signIn, async (req, res) => {
    const input = signInForm.safeParse(req.body);
    try {
      if (!input.success) throw new DomainError('SIGN_IN_REFUSED', 'incomplete');
      await open(req, res, input.data);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      log.info({ requestId: res.locals.requestId, code: error.code }, 'sign-in refused');
      res.status(problemOf(error).status);
      await show(req, res, {
        problem: refusalText(error.code),
        username: input.data?.username ?? '',
        next: localPath(input.data?.next),
      });
    }
  });
  router.post(paths.demoSignIn, async (req, res) => {
    const { username } = z.object({ username: z.string() }).parse(req.body);
    const account = (await readDemo()).find((one) => one.username === username);
    if (account === undefined) throw new DomainError('NOT_FOUND', 'no such demonstration account');
    await open(req, res, { username, password: account.password, code: '', next: '' });
  });
  router.post(paths.signOut, async (req, res) => {
    log.info({ requestId: res.locals.requestId, userId: req.person?.userId }, 'signed out');
    await endSession(req);
    res.redirect(303, paths.signIn);
  });
  return router;
}

/** The browser's own words, without what is not text. */
function deviceOf(req: Request): string {
  return (req.get('user-agent') ?? '').replace(/[^\x20-\x7e]/g, '').slice(0, 120);
}

/** Only a path of this platform: never another host. */
function localPath(value: unknown): string {
  return typeof value === 'string' && /^\/(?![/\\])/.test(value) ? value : paths.home;
}
