/**
 * Child process of the determinism test: loads the contracts in a given order, replays calls from standard input, prints what
 * each read, wrote, told and answered.
 */
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MemoryLedger, type TestIdentity } from '../../chaincode/test/memory-ledger.ts';

/** One call of the life that is replayed. */
export interface RecordedCall {
  readonly fn: string;
  readonly args: Record<string, unknown>;
  readonly who: TestIdentity;
}

/** What a call left behind. */
export interface CallTrace {
  readonly fn: string;
  readonly reads: readonly string[];
  readonly writes: readonly (readonly [string, string])[];
  readonly events: string;
  readonly answer: string;
}

const source = resolve(import.meta.dirname, '../../chaincode/src');

if (import.meta.main) {
  for (const file of (process.env['LOAD_ORDER'] ?? '').split(',').filter((name) => name !== ''))
    await import(pathToFileURL(join(source, file)).href);
  const calls = JSON.parse(await text(process.stdin)) as readonly RecordedCall[];
  const traces = await replay(calls);
  const { timeZone, locale } = new Intl.DateTimeFormat().resolvedOptions();
  process.stdout.write(JSON.stringify({ timeZone, locale, traces }));
}

/** Names of the contracts' files, below `chaincode/src`, in the order of the package's index. */
export function contractFiles(): string[] {
  const index = readFileSync(join(source, 'index.ts'), 'utf8');
  return [...index.matchAll(/from '\.\/([^']+)'/g)].map(([, path]) => path ?? '');
}

async function replay(calls: readonly RecordedCall[]): Promise<CallTrace[]> {
  const { contracts } = await import('../../chaincode/src/index.ts');
  const ledger = new MemoryLedger(contracts);
  const reads: string[] = [];
  const get = ledger.state.get.bind(ledger.state);
  ledger.state.get = (key) => {
    reads.push(key);
    return get(key);
  };
  const traces: CallTrace[] = [];
  for (const { fn, args, who } of calls) {
    reads.length = 0;
    const made = await ledger.submit(fn, args, who).catch((error: unknown) => String(error));
    const left =
      typeof made === 'string'
        ? { writes: [], events: '', answer: made }
        : {
            writes: [...made.writes],
            events: JSON.stringify(made.events),
            answer: JSON.stringify(made.result),
          };
    traces.push({ fn, reads: [...reads], ...left });
  }
  return traces;
}
