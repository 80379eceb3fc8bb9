/** 消息: what waits for me, the alerts my organisation must answer, and what happened lately inside my scope. */
import { Router } from 'express';
import type { Platform } from '../compose.ts';
import { t } from '../messages/index.ts';
import { personOf } from '../middleware/person.ts';
import { paths } from '../paths.ts';

/** Route of the page of tasks and alerts. */
export function inboxRoutes({ services: { home } }: Platform): Router {
  const router = Router();
  router.get(paths.inbox, async (req, res) => {
    const person = personOf(req);
    const [todos, alerts, activity] = await Promise.all([
      home.todos(person),
      home.alertsOf(person),
      home.activity(person),
    ]);
    res.render('inbox/inbox', { title: t('inbox.title'), todos, alerts, activity });
  });
  return router;
}
