/** Benchmark `start`: cold start to the first page, a second start on the same data, and memory after it. */
import type { BenchResult } from './support/bench-result.ts';
import { discard, startPlatform } from './support/platform.ts';

export async function run(): Promise<BenchResult> {
  const first = await startPlatform();
  await first.stop();
  const second = await startPlatform(first.folder);
  const rssMb = await second.memoryMb();
  await second.stop();
  await discard(first.folder);
  return {
    name: 'start',
    conditions: { data: 'demonstration: 20 projects' },
    seconds: second.readySeconds,
    firstStartSeconds: first.readySeconds,
    firstStartToFirstPageSeconds: first.firstPageSeconds,
    rssMb,
  };
}
