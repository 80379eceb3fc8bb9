/** 消息通知: one's own notifications, opened, marked as read one by one or all at once. */
import { Router } from 'express';
import type { Platform } from '../compose.ts';
import { label, t } from '../messages/index.ts';
import { personOf } from '../middleware/person.ts';
import { toldTypes } from '../models/notification/notification.rules.ts';
import { paths } from '../paths.ts';
import { readList, withTotal } from './list.ts';

/** Routes of notifications. */
export function notificationRoutes({ services }: Platform): Router {
  const router = Router();
  router.get(paths.notifications, async (req, res) => {
    const list = readList(req, {
      path: paths.notifications,
      sortable: {},
      defaultSort: '',
      filters: [
        {
          name: 'state',
          label: t('notifications.state'),
          choices: [{ value: 'unread', text: t('notifications.unread') }],
        },
        {
          name: 'type',
          label: t('notifications.type'),
          choices: toldTypes.map((value) => ({ value, text: label(`event.${value}`) })),
        },
      ],
    });
    const { rows, total } = await services.notifications.list(personOf(req), {
      unreadOnly: list.values.state === 'unread',
      type: list.values.type ?? '',
      skip: list.skip,
      limit: list.size,
    });
    res.render('notifications/list', { title: t('notifications.title'), list: withTotal(list, total), rows });
  });
  router.post(`${paths.notifications}/read`, async (req, res) => {
    await services.notifications.markAllRead(personOf(req));
    res.redirect(303, paths.notifications);
  });
  router.get(`${paths.notifications}/:id`, async (req, res) =>
    res.redirect(303, await services.notifications.markRead(personOf(req), req.params.id)),
  );
  router.post(`${paths.notifications}/:id/read`, async (req, res) => {
    await services.notifications.markRead(personOf(req), req.params.id);
    res.redirect(303, paths.notifications);
  });
  return router;
}
