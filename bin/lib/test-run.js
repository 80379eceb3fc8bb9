// Runs the checks and the test files under Node 24 and prints one line per file and a closing line with the counts.

import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { run } from 'node:test';
import { runChecks } from './test-checks.js';
import { TestReport } from './test-report.js';

// A whole run says the same of the same code; a random test that is run by itself draws a fresh seed.
for (const name of ['DOCUMENTS_RANDOM_SEED', 'FAULT_SEED', 'FC_SEED']) process.env[name] ??= '20261121';

const args = process.argv.slice(2);
const fast = args.includes('--fast');
const filters = args.filter((arg) => !arg.startsWith('--'));
const report = new TestReport();

if (!fast) await runChecks(report, filters);
const files = testFiles();
if (files.length > 0) await runFiles(files);
process.exitCode = report.close();

function testFiles() {
  const patterns = [
    'chaincode/**/*.test.ts',
    'network/**/*.test.ts',
    'src/**/*.test.ts',
    'standalone/**/*.test.ts',
  ];
  if (!fast) patterns.push('test/**/*.test.ts');
  return globSync(patterns)
    .filter((file) => !fast || !/(^|\/)test\//.test(file))
    .filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)))
    .sort();
}

async function runFiles(list) {
  const stream = run({ files: list, concurrency: Math.min(2, availableParallelism()), timeout: 600_000 });
  for await (const { type, data } of stream) report.take(type, data);
}
