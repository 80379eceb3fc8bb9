/** 运行: what the platform's own work looks like, and the operators' hands: retry, replay, dismiss. */
import { Router } from 'express';
import { z } from 'zod';
import type { Platform } from '../compose.ts';
import { checkQueue, wholeCheck } from '../jobs/check.names.ts';
import { t } from '../messages/index.ts';
import { personOf } from '../middleware/person.ts';
import { onlyRoles } from '../middleware/roles.ts';
import { shownBytes } from '../models/operation/operations.service.ts';
import { paths } from '../paths.ts';

const named = z.object({ id: z.string().min(1).max(400) });
const job = named.extend({ queue: z.string().max(40) });

/** Routes of the operators' page and of the hands that mend what failed. */
export function operationRoutes({ services, log }: Platform): Router {
  const router = Router();
  const { operations } = services;
  router.use(paths.operations, onlyRoles('sys-admin', 'log-admin'));
  router.get(paths.operations, async (req, res) => {
    const [queues, sweeps, projection, inbox, quarantine, alerts, checks, clockMs] = await Promise.all([
      operations.queues(),
      operations.sweepStates(),
      operations.projection(),
      operations.inbox(),
      operations.quarantine(),
      operations.systemAlerts(),
      services.readModelCheck.last(),
      operations.clock(),
    ]);
    res.render('operations/operations', {
      title: t('nav.operations'),
      ...{ queues, sweeps, projection, inbox, quarantine, alerts, checks, clockMs },
      mayAct: personOf(req).role === 'sys-admin',
    });
  });
  router.get('/operations/messages/:id', async (req, res) => {
    const message = await operations.rawMessage(req.params.id);
    res.setHeader('Cache-Control', 'no-store');
    res.render('operations/message', {
      title: t('operations.raw'),
      id: req.params.id,
      message,
      text: shownBytes(message.raw),
    });
  });
  const done = (path: string, act: (body: unknown, by: string) => Promise<string>): void => {
    router.post(path, onlyRoles('sys-admin'), async (req, res) => {
      const by = personOf(req).userId;
      req.session.notice = await act(req.body, by);
      log.info({ requestId: res.locals.requestId, userId: by, path }, 'operator acted');
      res.redirect(303, paths.operations);
    });
  };
  done('/operations/check', async () => {
    await operations.startOnce(checkQueue, wholeCheck);
    return t('operations.checkQueued');
  });
  done('/operations/jobs/retry', async (body) => {
    const { queue, id } = job.parse(body);
    await operations.retryJob(queue, id);
    return t('operations.retried');
  });
  done('/operations/flows/retry', async (body) => {
    await services.ingest.retry(named.parse(body).id);
    return t('operations.retried');
  });
  done('/operations/quarantine/replay', async (body, by) => {
    const results = await services.inbox.replay(named.parse(body).id, by);
    const counts = new Map<string, number>();
    for (const { result } of results) counts.set(result, (counts.get(result) ?? 0) + 1);
    return t('operations.replayed', {
      text: [...counts].map(([what, count]) => `${what} ${count}`).join('、'),
    });
  });
  done('/operations/quarantine/dismiss', async (body, by) => {
    await operations.dismiss(named.parse(body).id, by);
    return t('operations.dismissed');
  });
  return router;
}
