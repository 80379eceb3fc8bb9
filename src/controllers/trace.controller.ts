/** Tracing: the picture from source to last payee, the same as tables, and the evidence of one edge. */
import { Router, type Request } from 'express';
import type { Platform } from '../compose.ts';
import { t } from '../messages/index.ts';
import { personOf } from '../middleware/person.ts';
import { DomainError } from '../models/kernel/errors.ts';
import { TraceService, type Trace } from '../models/trace/trace.service.ts';
import { paths } from '../paths.ts';
import { renderChart } from '../views/charts.ts';

const colours = { proven: '#5f9d76', differs: '#d0454d', planned: '#cdd5e0', rest: '#e3b341' } as const;

export function traceRoutes({ models, ledger }: Platform): Router {
  const router = Router();
  const tracing = new TraceService(models);
  router.get(paths.trace, async (req, res) => {
    const key = keyOf(req);
    if (key === '') {
      res.render('trace/pick', { title: t('trace.title') });
      return;
    }
    const trace = await tracing.follow(personOf(req), key);
    const edge =
      trace.edges.find((one) => one.id === req.query.edge) ??
      trace.edges.find((one) => one.tone === 'differs') ??
      trace.edges[0];
    const proof = edge === undefined || edge.actualFen === 0n ? null : await ledger.transaction(edge.txId);
    res.render('trace/trace', {
      title: t('trace.title'),
      key,
      trace,
      edge,
      proof,
      nodeName: new Map(trace.nodes.map((node) => [node.id, node.name])),
    });
  });
  router.get(paths.chart('trace'), async (req, res) => {
    const trace = await tracing.follow(personOf(req), keyOf(req));
    res
      .set('Cache-Control', 'private, no-store')
      .type('image/svg+xml')
      .send(renderChart(sankeyOf(trace), { width: 760, height: 430 }));
  });
  return router;
}

/** The one parameter that says what is traced. */
function keyOf(req: Request): string {
  const given = ['key', 'project', 'draft', 'account', 'flow', 'serial']
    .map((name) => req.query[name])
    .filter((value): value is string => typeof value === 'string' && value.trim() !== '');
  if (given.length > 1) throw new DomainError('INVALID_ARGUMENT', 'one key at a time');
  return given[0]?.slice(0, 200) ?? '';
}

/** Width is the amount in yuan; grey what is planned, green what is proven, red what differs, gold what stays. */
function sankeyOf(trace: Trace): Parameters<typeof renderChart>[0] {
  const yuan = (fen: bigint): number => Number(fen) / 100;
  const links = trace.edges.flatMap((edge) => {
    const rest = edge.planFen - edge.actualFen;
    const isProven = edge.tone === 'proven';
    return [
      ...(edge.actualFen > 0n
        ? [
            {
              source: edge.from,
              target: edge.to,
              value: yuan(edge.actualFen),
              lineStyle: { color: colours[edge.tone] },
            },
          ]
        : []),
      ...(rest > 0n
        ? [
            {
              source: edge.from,
              target: edge.to,
              value: yuan(rest),
              lineStyle: { color: colours[isProven ? 'planned' : edge.tone] },
            },
          ]
        : []),
    ];
  });
  const stays = trace.nodes.filter((node) => node.restFen > 0n && !node.isLast);
  const rests = stays.map((node) => ({
    source: node.id,
    target: `rest:${node.id}`,
    value: yuan(node.restFen),
    lineStyle: { color: colours.rest },
  }));
  const nameOf = new Map(trace.nodes.map((node) => [node.id, node.name]));
  return {
    series: [
      {
        type: 'sankey',
        left: 8,
        right: 130,
        top: 12,
        bottom: 12,
        nodeGap: 14,
        lineStyle: { opacity: 0.75 },
        itemStyle: { color: '#13253d' },
        label: { formatter: ({ name = '' }: { name?: string }) => nameOf.get(name) ?? t('trace.rest') },
        data: [
          ...trace.nodes.map((node) => ({ name: node.id })),
          ...stays.map((node) => ({ name: `rest:${node.id}`, itemStyle: { color: colours.rest } })),
        ],
        links: [...links, ...rests],
      },
    ],
  };
}
