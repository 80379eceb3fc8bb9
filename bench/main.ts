/** `npm run bench -- <name> [--json] [--quick] [--option=value …]`: runs one benchmark and prints conditions and figures. */

import { readdirSync } from 'node:fs';
import { arch, cpus, loadavg, platform, totalmem } from 'node:os';
import { join } from 'node:path';
import type { BenchResult } from './support/bench-result.ts';

type Conditions = Readonly<Record<string, string | number>>;
type Options = Readonly<Record<string, boolean | string | number | readonly number[]>>;

const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && file !== 'main.ts')
  .map((file) => file.slice(0, -'.ts'.length))
  .sort();

const [name = '', ...args] = process.argv.slice(2).toSorted((a, b) => dashes(a) - dashes(b));
if (names.includes(name)) await main(name, args);
else {
  const wrong = name === '' ? 'Which benchmark?' : `There is no benchmark "${name}".`;
  process.stderr.write(`${wrong} There are: ${names.join(', ')}.\n`);
  process.stderr.write('Usage: npm run bench -- <name> [--json] [--quick] [--option=value …]\n');
  process.exitCode = 2;
}

async function main(bench: string, flags: readonly string[]): Promise<void> {
  const { json, ...options } = parse(flags);
  const module = (await import(join(import.meta.dirname, `${bench}.ts`))) as {
    run: (options: Options) => Promise<BenchResult>;
  };
  const machine = conditions();
  if (json !== true) print('conditions', machine);
  const { conditions: own = {}, name: _, ...figures } = await module.run(options);
  const result = { name: bench, conditions: { ...machine, ...own }, ...figures };
  if (json === true) process.stdout.write(`${JSON.stringify(result)}\n`);
  else {
    print('of the run', own);
    show(figures);
  }
}

function conditions(): Conditions {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryMb: Math.round(totalmem() / 2 ** 20),
    system: `${platform()} ${arch()}`,
    node: process.version,
    loadBefore: Number((loadavg()[0] ?? 0).toFixed(2)),
    date: new Date().toISOString(),
  };
}

function dashes(arg: string): number {
  return arg.startsWith('--') ? 1 : 0;
}

/** `--quick` is true, `--callers=64` a number, `--keys=1,2` a list of numbers, anything else text. */
function parse(flags: readonly string[]): Record<string, Options[string]> {
  return Object.fromEntries(
    flags.map((flag) => {
      const [key = '', ...rest] = flag.replace(/^--/, '').split('=');
      return [key, rest.length === 0 ? true : valueOf(rest.join('='))];
    }),
  );
}

function valueOf(text: string): string | number | readonly number[] {
  if (/^\d+(,\d+)+$/.test(text)) return text.split(',').map(Number);
  return /^\d+$/.test(text) ? Number(text) : text;
}

function print(title: string, values: Conditions): void {
  process.stdout.write(`${title}:\n`);
  for (const [key, value] of Object.entries(values)) process.stdout.write(`  ${key}: ${value}\n`);
}

function show(figures: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(figures)) {
    if (Array.isArray(value)) {
      process.stdout.write(`${key}:\n`);
      console.table(value);
    } else process.stdout.write(`${key}: ${JSON.stringify(value)}\n`);
  }
}
