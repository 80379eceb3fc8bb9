/** One's own account: a new password, the second factor, confirming who one is before money moves. */
import { Router } from 'express';
import { toDataURL } from 'qrcode';
import { z } from 'zod';
import type { Platform } from '../compose.ts';
import { label, refusalText, t } from '../messages/index.ts';
import { personOf } from '../middleware/person.ts';
import { DomainError, InputError } from '../models/kernel/errors.ts';
import { AccountModel } from '../models/account/account.schema.ts';
import { paths } from '../paths.ts';
import { sessionsOf } from './sessions.ts';

const passwordForm = z.object({
  present: z.string().max(1024),
  next: z.string().max(1024),
  again: z.string().max(1024),
});
const confirmForm = z.object({
  password: z.string().max(1024),
  next: z
    .string()
    .regex(/^\/(?![/\\])/)
    .max(500)
    .catch('/'),
});

/** Routes of one's own account: a new password, the password again, the second factor. */
export function accountRoutes(platform: Platform): Router {
  const { services, log } = platform;
  const sessions = sessionsOf(platform);
  const router = Router();
  router.get(paths.newPassword, (req, res) =>
    res.render('account/password', { title: t('password.title'), forced: personOf(req).mustChangePassword }),
  );
  router.post(paths.newPassword, async (req, res) => {
    const input = passwordForm.parse(req.body);
    try {
      if (input.next !== input.again) throw new InputError({ again: 'password.differs' });
      await services.accounts.changePassword(personOf(req).username, input.present, input.next);
    } catch (error) {
      const errors = fieldErrors(error, 'present');
      res.status(422).render('account/password', { title: t('password.title'), errors });
      return;
    }
    // Whoever knew the old password is out.
    await sessions.endOthers(personOf(req).username, req.sessionID);
    log.info({ requestId: res.locals.requestId, userId: personOf(req).userId }, 'password changed');
    req.session.notice = t('password.changed');
    res.redirect(303, paths.home);
  });
  router.get(paths.reauthenticate, (req, res) =>
    res.render('account/confirm', {
      title: t('reauth.title'),
      next: confirmForm.shape.next.parse(req.query.next),
    }),
  );
  router.post(paths.reauthenticate, async (req, res) => {
    const input = confirmForm.parse(req.body);
    try {
      await services.accounts.reauthenticate(personOf(req).username, input.password);
    } catch (error) {
      res.status(422).render('account/confirm', {
        title: t('reauth.title'),
        next: input.next,
        errors: fieldErrors(error, 'password'),
      });
      return;
    }
    req.session.confirmedAt = Date.now();
    res.redirect(303, input.next);
  });
  router.get(paths.security, async (req, res) => {
    const { username } = personOf(req);
    const account = await AccountModel.findById(username).lean();
    const totp = services.accounts.proposeTotp(username);
    res.render('account/security', {
      title: t('security.title'),
      enrolled: account?.sealedTotp !== null,
      secret: totp.secret,
      picture: await toDataURL(totp.uri),
    });
  });
  router.post(paths.totp, async (req, res) => {
    const { username, userId } = personOf(req);
    const input = z
      .object({
        secret: z.string().max(64).default(''),
        code: z.string().trim().max(10).default(''),
        remove: z.string().optional(),
        password: z.string().max(1024),
      })
      .parse(req.body);
    await services.accounts.reauthenticate(username, input.password);
    if (input.remove === undefined) await services.accounts.enrolTotp(username, input.secret, input.code);
    else await services.accounts.removeTotp(username);
    log.info(
      { requestId: res.locals.requestId, userId, on: input.remove === undefined },
      'second factor changed',
    );
    res.redirect(303, paths.security);
  });
  return router;
}

function fieldErrors(error: unknown, field: string): Record<string, string> {
  if (error instanceof InputError)
    return Object.fromEntries(Object.entries(error.fields).map(([name, key]) => [name, label(key)]));
  if (error instanceof DomainError) return { [field]: refusalText(error.code) };
  throw error;
}
