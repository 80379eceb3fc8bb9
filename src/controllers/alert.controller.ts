/** Alerts of the ledger and of the system: lists, and one with its whole life. */
import { Router } from 'express';
import { alertRules } from '#kernel/records/alert.ts';
import type { Platform } from '../compose.ts';
import { label, t } from '../messages/index.ts';
import { personOf } from '../middleware/person.ts';
import { offeredActions, offeredNew } from '../models/action/action.catalog.ts';
import type { AlertDoc } from '../models/alert/alert.schema.ts';
import { DomainError } from '../models/kernel/errors.ts';
import { namesOf } from '../models/member/names.service.ts';
import { withinScope } from '../models/member/scope.rules.ts';
import type { Person } from '../models/member/person.ts';
import { paths } from '../paths.ts';
import { readList, withTotal, type List } from './list.ts';
import { openSystemAlerts, systemAlertRoutes } from './system-alert.controller.ts';
import { totalWithin } from '../models/tally/tally.service.ts';

const dayMs = 86_400_000;
/** Ages by which the list can be narrowed, days since the raise. */
const days: Readonly<Record<string, number>> = { day: 1, three: 3, week: 7 };
const reporterReaders: readonly Person['role'][] = ['leading-office', 'auditor'];

/** Routes of alerts: the list, one alert, and those of the system itself. */
export function alertRoutes(platform: Platform): Router {
  const { models, now } = platform;
  const router = Router();
  router.get(paths.alerts, async (req, res) => {
    const person = personOf(req);
    const list = readList(req, listOptions());
    const own = filterOf(list.values, person, now());
    const filter = withinScope(person, 'alert', own);
    const [rows, total] = await Promise.all([
      models.alert.find(filter).sort(list.order).skip(list.skip).limit(list.size).lean<AlertDoc[]>(),
      totalWithin(models, person, { kind: 'alert', own }),
    ]);
    const system = await openSystemAlerts(person);
    const names = await namesOf(models, { orgs: rows.map((one) => one.responsibleOrgId ?? '') });
    res.render('alerts/list', {
      title: t('alerts.title'),
      list: withTotal(list, total),
      rows,
      names,
      system,
      actions: offeredNew(person, ['alert.report']),
    });
  });
  router.use(systemAlertRoutes(platform));
  router.get(`${paths.alerts}/:id`, async (req, res) => {
    const person = personOf(req);
    const alert = await models.alert
      .findOne(withinScope(person, 'alert', { _id: req.params.id }))
      .lean<AlertDoc>();
    if (alert === null) throw new DomainError('NOT_FOUND', 'no such alert in scope');
    const names = await namesOf(models, {
      orgs: [
        alert.responsibleOrgId ?? '',
        ...alert.namedOrgIds,
        ...alert.record.life.map((one) => one.act.orgId),
      ],
      people: [alert.record.reporter ?? '', ...alert.record.life.map((one) => one.act.by)],
    });
    res.render('alerts/detail', {
      title: label(`rule.${alert.rule}`),
      alert,
      names,
      actions: offeredActions(person, 'alert', alert),
      seesReporter: reporterReaders.includes(person.role),
    });
  });
  return router;
}

/** The conditions of the filters in the address; without a state the open ones. */
function filterOf(values: List['values'], person: Person, now: Date): Record<string, unknown> {
  const { level, rule, state = '', owner, age = '' } = values;
  const since = days[age];
  return {
    ...(level ? { level } : {}),
    ...(rule ? { rule } : {}),
    // Both are named for all, so that an index by level and openness gives the order.
    open: state === 'all' ? { $in: [true, false] } : state !== 'closed',
    ...(owner === 'me' ? { responsibleOrgId: person.orgId } : {}),
    ...(since === undefined ? {} : { raisedAt: { $lte: new Date(now.getTime() - since * dayMs) } }),
    ...(age === 'overdue' ? { dueAt: { $lt: now } } : {}),
  };
}

function listOptions(): Parameters<typeof readList>[1] {
  const levels = ['red', 'yellow', 'reminder'];
  return {
    path: paths.alerts,
    sortable: { raised: 'raisedAt', due: 'dueAt' },
    defaultSort: '-raised',
    filters: [
      {
        name: 'level',
        label: t('alerts.level'),
        choices: levels.map((value) => ({ value, text: label(`level.${value}`) })),
      },
      {
        name: 'rule',
        label: t('alerts.rule'),
        choices: alertRules.map((value) => ({ value, text: label(`rule.${value}`) })),
      },
      {
        name: 'state',
        label: t('alerts.state'),
        choices: ['closed', 'all'].map((value) => ({ value, text: label(`alerts.${value}`) })),
      },
      {
        name: 'age',
        label: t('alerts.age'),
        choices: [...Object.keys(days), 'overdue'].map((value) => ({
          value,
          text: label(`alerts.age.${value}`),
        })),
      },
      { name: 'owner', label: t('alerts.owner'), choices: [{ value: 'me', text: t('alerts.mine') }] },
    ],
  };
}
