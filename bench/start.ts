/** Benchmark `start`: cold start to the first page, a second start on the same data, and memory after it. */
import type { BenchResult } from './support/bench-result.ts';
import { discard, startPlatform } from './support/platform.ts';
import { Reader } from './support/reader.ts';

const password = 'Yanshi-2026-zhanghu';
/** Those who take a step of the guided walk, in its order. */
const people = [
  ...['cph-522634-1', 'cph-522634-2', 'lfb-5226-2', 'plo-2', 'plo-3', 'pfd-1', 'lfb-5226-1', 'bank-qs-1'],
  ...['lpf-1', 'imp-522634-1', 'cpc-522634-1', 'aud-1'],
];
const draftsRead = 6;

export async function run(): Promise<BenchResult> {
  const first = await startPlatform();
  await first.stop();
  const second = await startPlatform(first.folder);
  const rssMb = await second.memoryMb();
  const pages = await readPages(second.address);
  const rssByProcessMb = await second.memoryByProcessMb();
  const rssAfterPagesMb = await second.memoryMb();
  await second.stop();
  await discard(first.folder);
  return {
    name: 'start',
    conditions: {
      data: 'demonstration: 20 projects',
      pages: `${pages} pages read by ${people.length} people`,
    },
    seconds: second.readySeconds,
    firstStartSeconds: first.readySeconds,
    firstStartToFirstPageSeconds: first.firstPageSeconds,
    rssMb,
    rssAfterPagesMb,
    rssByProcessMb,
  };
}

/** Everybody signs in and reads lists, drafts, their traces and the charts in them. @returns the number of pages */
async function readPages(address: string): Promise<number> {
  let pages = 0;
  for (const person of people) {
    const reader = await Reader.signIn(address, person, password);
    const read = async (path: string): Promise<string> => {
      pages += 1;
      const html = await reader.get(path);
      for (const [, chart = ''] of html.matchAll(/src="([^"]+\.svg[^"]*)"/g)) {
        pages += 1;
        await reader.get(chart.replaceAll('&amp;', '&'));
      }
      return html;
    };
    const drafts = await read('/drafts');
    const ids = new Set([...drafts.matchAll(/\/drafts\/(SZHP-[0-9-]+)/g)].map(([, id = '']) => id));
    for (const id of [...ids].slice(0, draftsRead)) {
      await read(`/drafts/${id}`);
    }
    for (const path of ['/', '/projects', '/alerts', '/reconciliation', '/chain']) await read(path);
  }
  return pages;
}
