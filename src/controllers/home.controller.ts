/** The home page, its chart, and help. */
import { Router } from 'express';
import type { Platform } from '../compose.ts';
import { label, t } from '../messages/index.ts';
import { personOf } from '../middleware/person.ts';
import { explainedKinds, terms, whoDoesWhat } from '../models/home/help.rules.ts';
import type { MoneyInScope } from '../models/home/home.service.ts';
import { placeOf } from '../models/division/townships.ts';
import { DomainError } from '../models/kernel/errors.ts';
import { hidesKind } from '../models/member/scope.rules.ts';
import { isAdministrator } from '../models/member/person.ts';
import { paths } from '../paths.ts';
import { renderChart } from '../views/charts.ts';
import { money } from '../views/format.ts';

const dayMs = 86_400_000;

/** Routes of the home page, its chart, and help. */
export function homeRoutes({ services: { home }, ledger, now }: Platform): Router {
  const router = Router();
  router.get(paths.home, async (req, res) => {
    const person = personOf(req);
    const seesMoney = !isAdministrator(person);
    const [todos, sums, figures, daily, alerts, activity, info] = await Promise.all([
      home.todos(person),
      home.money(person),
      home.figures(person),
      seesMoney ? home.daily(person, now()) : [],
      home.alertsOf(person),
      home.activity(person),
      ledger.info(),
    ]);
    res.render('home/home', {
      title: t('nav.home'),
      todos,
      ...moneyOf(sums),
      figures,
      daily,
      alerts,
      activity,
      info,
      seesMoney,
      safeFor: lasting(figures?.firstIssue, now()),
    });
  });
  router.get(paths.chart('daily'), async (req, res) => {
    const rows = await home.daily(personOf(req), now());
    const svg = renderChart(
      {
        grid: { left: 56, right: 10, top: 12, bottom: 26 },
        xAxis: { type: 'category', data: rows.map((row) => row.date.slice(5)) },
        yAxis: { type: 'value' },
        series: [
          {
            type: 'bar',
            data: rows.map((row) => Number(row.fen / 10_000n) / 100),
            itemStyle: { color: '#2b7a46' },
          },
        ],
      },
      { width: 700, height: 210 },
    );
    res.set('Cache-Control', 'private, no-store').type('image/svg+xml').send(svg);
  });
  router.get(paths.townships, async (req, res) => {
    const person = personOf(req);
    if (hidesKind(person, 'draft')) throw new DomainError('ROLE_NOT_ALLOWED', 'no drafts for this role');
    const rows = await home.townships(person);
    res.render('home/townships', {
      title: t('home.townships'),
      rows: rows.map((row) => ({ ...row, place: placeOf(row._id) })),
    });
  });
  router.get(paths.help, (_req, res) =>
    res.render('home/help', { title: label('help.title'), kinds: explainedKinds, who: whoDoesWhat(), terms }),
  );
  return router;
}

/** Sums and their bar; without sums neither. */
function moneyOf(sums: MoneyInScope | null): object {
  return { sums, bar: sums === null ? [] : barOf(sums) };
}

/** Parts of the bar in tenths of a per mille of its width, in the order they are drawn. */
function barOf(sums: {
  planned: bigint;
  matched: bigint;
  registered: bigint;
  mismatch: bigint;
  open: bigint;
}): { key: string; tone: string; x: number; width: number; text: string }[] {
  const parts = [
    ['matched', 'ok'],
    ['registered', 'wait'],
    ['mismatch', 'bad'],
    ['open', 'plan'],
  ] as const;
  let x = 0;
  return parts.map(([key, tone]) => {
    const width =
      sums.planned === 0n ? (key === 'open' ? 1000 : 0) : Number((sums[key] * 10_000n) / sums.planned) / 10;
    const part = { key: `home.${key}`, tone, x, width, text: money(sums[key]) };
    x += width;
    return part;
  });
}

function lasting(from: Date | null | undefined, to: Date): string | null {
  if (from === null || from === undefined) return null;
  const ms = to.getTime() - from.getTime();
  return t('home.days', { days: Math.floor(ms / dayMs), hours: Math.floor((ms % dayMs) / 3_600_000) });
}
