/** `npm run fabric:test [-- <part of a file's name>…]`: every proof that needs a real network; skips where its programs are missing. */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'node:test';
import { pathToFileURL } from 'node:url';
import { StartError } from '../../src/supervisor/start-error.ts';
import { readSettings } from '../network-folder.ts';
import { checkVersion, findPrograms, searchPath } from '../programs.ts';

/** The reporter of `npm test`: plain JavaScript, since that command begins on older versions of Node. */
const reportModule = pathToFileURL(join(import.meta.dirname, '../../bin/lib/test-report.js')).href;
const LONGEST_FILE_MS = 1_200_000;

interface Report {
  take(type: string, data: object): void;
  close(options: { readonly withSkipped: boolean }): number;
}

const filters = process.argv.slice(2);
const files = globSync('*.fabric.ts', { cwd: import.meta.dirname })
  .filter((file) => filters.length === 0 || filters.some((part) => file.includes(part)))
  .sort()
  .map((file) => join(import.meta.dirname, file));

const missing = await whatIsMissing();
if (missing === null) process.exitCode = await runFiles();
else process.stdout.write(`${missing}\n0 passed, 0 failed, ${files.length} skipped\n`);

async function whatIsMissing(): Promise<string | null> {
  try {
    const { programs } = readSettings();
    await checkVersion(findPrograms(searchPath({ ...process.env, FABRIC_BIN: programs })));
    return null;
  } catch (error) {
    if (error instanceof StartError) return `Skipped: ${error.message}`;
    throw error;
  }
}

/** One file at a time: each has a network of its own, and nodes of several networks would compete for the processor. */
async function runFiles(): Promise<number> {
  const { TestReport } = (await import(reportModule)) as { TestReport: new () => Report };
  const report = new TestReport();
  const stream = run({ files, concurrency: 1, timeout: LONGEST_FILE_MS });
  for await (const event of stream as AsyncIterable<{ type: string; data: object }>)
    report.take(event.type, event.data);
  return report.close({ withSkipped: true });
}
