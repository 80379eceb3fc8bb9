/** 基金: ratios, contributions called and paid per source, calls, and the working calendar. */
import { Router, type Request, type Response } from 'express';
import type { Platform } from '../compose.ts';
import { t } from '../messages/index.ts';
import { personOf } from '../middleware/person.ts';
import { offeredActions, offeredNew } from '../models/action/action.catalog.ts';
import { calendarsOf, fundsOf } from '../models/fund/fund.page.ts';
import { DomainError } from '../models/kernel/errors.ts';
import { isAdministrator } from '../models/member/person.ts';
import { paths } from '../paths.ts';

/** Routes of funds: the list, and one fund with its calls. */
export function fundRoutes({ models }: Platform): Router {
  const router = Router();
  const show = async (req: Request, res: Response, id?: string): Promise<void> => {
    const person = personOf(req);
    if (isAdministrator(person)) throw new DomainError('ROLE_NOT_ALLOWED', 'administrators see no amounts');
    const funds = await fundsOf(models, person, id);
    if (id !== undefined && funds.length === 0) throw new DomainError('NOT_FOUND', `no fund ${id} in scope`);
    const calendars = await calendarsOf(models, person);
    res.render('funds/funds', {
      title: t('nav.funds'),
      actions: id === undefined ? offeredNew(person, ['fund.create']) : [],
      funds: funds.map((one) => ({
        ...one,
        actions: offeredActions(person, 'fund', one.fund),
        calls: one.calls.map((doc) => ({ ...doc, actions: offeredActions(person, 'fundCall', doc) })),
      })),
      calendars: calendars.map((doc) => ({ ...doc, actions: offeredActions(person, 'calendar', doc) })),
      calendarActions: offeredNew(person, ['fund.proposeCalendar']),
    });
  };
  router.get(paths.funds, async (req, res) => show(req, res));
  router.get('/funds/:id', async (req, res) => show(req, res, req.params.id));
  return router;
}
