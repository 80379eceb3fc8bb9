/** What an operator asks the contracts' process: `/healthz` and `/metrics` over HTTP. */
import { createServer, type Server } from 'node:http';
import type { CallCounts } from './contract-service.ts';

/** What the pages of the server are made from. */
export interface OperationsState {
  /** True from when the contracts are warm until draining begins. */
  readonly isReady: boolean;
  readonly counts: CallCounts;
  readonly packageId: string;
}

/**
 * Opens the server.
 * @param address `host:port`
 * @param state asked anew for every request
 */
export function openOperations(address: string, state: () => OperationsState): Promise<Server> {
  const server = createServer((request, response) => {
    const now = state();
    if (request.url === '/healthz') {
      const { isReady, packageId } = now;
      response.writeHead(isReady ? 200 : 503, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ status: isReady ? 'OK' : 'not ready', packageId }));
    } else if (request.url === '/metrics') {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' });
      response.end(renderMetrics(now, process.memoryUsage()));
    } else {
      response.writeHead(404).end();
    }
  });
  const [host, port] = address.split(':');
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(Number(port), host, () => resolve(server));
  });
}

/** @returns the figures in Prometheus' text form */
export function renderMetrics(
  { isReady, counts }: OperationsState,
  memory: { readonly rss: number; readonly heapUsed: number },
): string {
  const calls = [...counts.calls].flatMap(([fn, outcomes]) =>
    Object.entries(outcomes).map(
      ([outcome, count]) => `chaincode_calls_total{function="${fn}",outcome="${outcome}"} ${count}`,
    ),
  );
  return [
    '# TYPE chaincode_ready gauge',
    `chaincode_ready ${isReady ? 1 : 0}`,
    '# TYPE chaincode_calls_in_flight gauge',
    `chaincode_calls_in_flight ${counts.inFlight}`,
    '# TYPE chaincode_calls_total counter',
    ...calls,
    '# TYPE chaincode_call_seconds_total counter',
    `chaincode_call_seconds_total ${counts.seconds.toFixed(6)}`,
    '# TYPE process_resident_memory_bytes gauge',
    `process_resident_memory_bytes ${memory.rss}`,
    '# TYPE nodejs_heap_used_bytes gauge',
    `nodejs_heap_used_bytes ${memory.heapUsed}`,
    '',
  ].join('\n');
}
