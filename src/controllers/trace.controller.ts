/** Tracing: the picture from source to last payee, the same as tables, and the evidence of one edge. */
import { Router, type Request } from 'express';
import type { Platform } from '../compose.ts';
import { t } from '../messages/index.ts';
import { personOf } from '../middleware/person.ts';
import { flowSources, type FlowSource } from '../models/flow/flow-source.service.ts';
import { DomainError } from '../models/kernel/errors.ts';
import { TraceService, type Trace, type TraceEdge } from '../models/trace/trace.service.ts';
import { paths } from '../paths.ts';
import { renderChart } from '../views/charts.ts';

const colours = { proven: '#5f9d76', differs: '#d0454d', planned: '#cdd5e0', rest: '#e3b341' } as const;

/** Routes of tracing: the question, the picture, and its chart. */
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
    const edge = shownEdge(trace, req.query.edge);
    const proof = edge === undefined || edge.actualFen === 0n ? null : await ledger.transaction(edge.txId);
    res.render('trace/trace', {
      title: t('trace.title'),
      key,
      trace,
      edge,
      proof,
      source: edge === undefined ? null : await sourceOf(models, edge),
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

/** The edge that was asked for, else one that differs, else the first. */
function shownEdge({ edges }: Trace, wanted: unknown): TraceEdge | undefined {
  return edges.find((one) => one.id === wanted) ?? edges.find((one) => one.tone === 'differs') ?? edges[0];
}

async function sourceOf(models: Platform['models'], { flowKey }: TraceEdge): Promise<FlowSource | null> {
  return (await flowSources(models, [flowKey])).get(flowKey ?? '') ?? null;
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
  const held = new Map(trace.nodes.map((node) => [node.id, node.restFen]));
  // What a node holds and must still pay on is the same money: drawn once, in gold, along the plan.
  const colourOfRest = (edge: TraceEdge): string => {
    if (edge.tone === 'differs') return colours.differs;
    return (held.get(edge.from) ?? 0n) > 0n ? colours.rest : colours.planned;
  };
  const links = trace.edges.flatMap((edge) => {
    const parts = [
      { fen: edge.actualFen, color: colours[edge.tone] },
      { fen: edge.planFen - edge.actualFen, color: colourOfRest(edge) },
    ];
    return parts
      .filter((part) => part.fen > 0n)
      .map(({ fen, color }) => ({
        source: edge.from,
        target: edge.to,
        value: yuan(fen),
        lineStyle: { color },
      }));
  });
  const stays = trace.nodes
    .filter((node) => !node.isLast)
    .map((node) => ({ id: node.id, fen: node.restFen - stillPlanned(trace, node.id) }))
    .filter((node) => node.fen > 0n);
  const rests = stays.map((node) => ({
    source: node.id,
    target: `rest:${node.id}`,
    value: yuan(node.fen),
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

/** Planned payments out of a node that are not made yet, fen. */
function stillPlanned(trace: Trace, nodeId: string): bigint {
  const out = trace.edges.filter((edge) => edge.from === nodeId);
  return out.reduce((sum, edge) => sum + edge.planFen - edge.actualFen, 0n);
}
