/** The reconciliation desk and one flow in full. */
import { Router } from 'express';
import type { Platform } from '../compose.ts';
import { t } from '../messages/index.ts';
import { personOf } from '../middleware/person.ts';
import { BankModel } from '../models/bank/bank.schema.ts';
import { bankHealth } from '../models/flow/bank-health.service.ts';
import { DeskService, pileNames, type PileName } from '../models/flow/desk.service.ts';
import { FlowPageService } from '../models/flow/flow-page.service.ts';
import { DomainError } from '../models/kernel/errors.ts';
import { hidesKind } from '../models/member/scope.rules.ts';
import { paths } from '../paths.ts';
import { renderChart } from '../views/charts.ts';
import { readList, withTotal } from './list.ts';

/** Routes of the reconciliation desk: the four piles, its chart, and one flow. */
export function reconciliationRoutes({ models, config, now }: Platform): Router {
  const router = Router();
  const desk = new DeskService(models);
  const flowPages = new FlowPageService(models);
  router.get(paths.reconciliation, async (req, res) => {
    const person = personOf(req);
    if (hidesKind(person, 'flow')) throw new DomainError('ROLE_NOT_ALLOWED', 'no flows for this role');
    const pile: PileName = pileNames.find((one) => one === req.query.pile) ?? 'mismatch';
    const list = readList(req, {
      path: paths.reconciliation,
      sortable: {},
      defaultSort: '',
      filters: [{ name: 'pile', label: '' }],
    });
    const piles = await desk.piles(person);
    const rows = await desk.rows(person, pile, list);
    const selected = typeof req.query.row === 'string' ? req.query.row : rows[0]?.id;
    const banks = await BankModel.find(person.role === 'bank-investor' ? { _id: person.orgId } : {}, {
      keys: 0,
    })
      .sort({ _id: 1 })
      .lean();
    const silentBefore = new Date(now().getTime() - config.heartbeatMinutes * 60_000);
    res.render('reconciliation/desk', {
      title: t('recon.title'),
      pile,
      piles,
      rows,
      list: withTotal(list, piles.find((one) => one.name === pile)?.count ?? 0),
      selected,
      compared: selected === undefined ? null : await desk.compare(person, selected),
      banks,
      health: await bankHealth(now()),
      silentBefore,
    });
  });
  router.get(paths.chart('flows-today'), async (req, res) => {
    const hours = await desk.today(personOf(req), now());
    const bar = (name: string, data: number[], color: string): object => ({
      type: 'bar',
      stack: 'all',
      name,
      data,
      itemStyle: { color },
    });
    const svg = renderChart(
      {
        grid: { left: 36, right: 8, top: 10, bottom: 24 },
        xAxis: { type: 'category', data: hours.map((one) => one.hour) },
        yAxis: { type: 'value', minInterval: 1 },
        series: [
          bar(
            t('recon.matched'),
            hours.map((one) => one.matched),
            '#2b7a46',
          ),
          bar(
            t('recon.mismatch'),
            hours.map((one) => one.other),
            '#f0a020',
          ),
        ],
      },
      { width: 320, height: 170 },
    );
    res.set('Cache-Control', 'private, no-store').type('image/svg+xml').send(svg);
  });
  router.get(`${paths.reconciliation}/flows/:key`, async (req, res) => {
    res.render('reconciliation/flow', {
      title: t('flow.title'),
      ...(await flowPages.open(personOf(req), req.params.key)),
    });
  });
  return router;
}
