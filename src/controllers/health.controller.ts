/** For machines that watch: alive, ready, metrics. */
import { Router } from 'express';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Platform } from '../compose.ts';
import { InboxFlowModel } from '../models/inbox/inbox.schema.ts';

/** Longest wait for one part to answer, ms. */
const answerWithinMs = 2_000;

/** Routes for machines that watch: alive, ready, and figures. */
export function healthRoutes({
  config,
  connection,
  ledger,
  redis,
  redisGuard,
  height,
  queues,
  nodes,
}: Platform): Router {
  const router = Router();
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const lag = new Gauge({
    name: 'fupin_projection_lag_blocks',
    help: 'Blocks that the read model is behind the ledger',
    registers: [registry],
  });
  const ledgerHeight = new Gauge({
    name: 'fupin_ledger_height',
    help: 'Blocks on the ledger',
    registers: [registry],
  });
  const waiting = new Gauge({
    name: 'fupin_matching_jobs_waiting',
    help: 'Jobs that wait in the matching queue',
    registers: [registry],
  });
  const inbox = new Gauge({
    name: 'fupin_inbox_open',
    help: 'Flows that are accepted and not yet on the ledger',
    registers: [registry],
  });
  const noteNetwork = networkGauges(registry, nodes);
  const behind = { since: 0 };

  const parts: Record<string, () => Promise<boolean>> = {
    ledger: async () => (await ledger.info()).height >= 0,
    database: async () => (await connection.db?.command({ ping: 1 })) !== undefined,
    queue: async () => (await redis.ping()).length > 0,
    projector: async () => {
      const blocks = (await ledger.info()).height - (await height.current());
      if (blocks <= 0) behind.since = 0;
      else if (behind.since === 0) behind.since = Date.now();
      return blocks <= 0 || Date.now() - behind.since < config.projectorLagSeconds * 1000;
    },
  };

  router.get('/healthz', (_req, res) => {
    res.json({ alive: true });
  });
  router.get('/readyz', async (_req, res) => {
    const states = await Promise.all(
      Object.entries(parts).map(async ([name, ask]) => [name, await within(ask)] as const),
    );
    const ready = states.every(([, state]) => state);
    res.status(ready ? 200 : 503).json({ ready, ...Object.fromEntries(states) });
  });
  router.get('/metrics', async (_req, res) => {
    const info = await ledger.info();
    ledgerHeight.set(info.height);
    lag.set(info.height - (await height.current()));
    waiting.set(redisGuard.isAway ? NaN : await queues.matching.getWaitingCount());
    inbox.set(await InboxFlowModel.countDocuments({ state: 'open' }));
    noteNetwork();
    res.type(registry.contentType).send(await registry.metrics());
  });
  return router;
}

async function within(ask: () => Promise<boolean>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, answerWithinMs, false);
  });
  return Promise.race([ask().catch(() => false), late]).finally(() => clearTimeout(timer));
}

/** Figures of the calls to a Fabric network; on another ledger there are none. @returns takes the present figures */
function networkGauges(registry: Registry, nodes: Platform['nodes']): () => void {
  if (nodes === null) return () => undefined;
  const registers = [registry];
  const inFlight = new Gauge({
    name: 'fupin_fabric_in_flight',
    help: 'Transactions under way on the network',
    registers,
  });
  const failures = new Gauge({
    name: 'fupin_fabric_failed_calls',
    help: 'Failed calls of the network since the start, by the row of the retry table',
    labelNames: ['row'],
    registers,
  });
  return () => {
    const calls = nodes.calls();
    inFlight.set(calls.inFlight);
    for (const [row, count] of Object.entries(calls.failures)) failures.set({ row }, count);
  };
}
