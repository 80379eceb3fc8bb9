/**
 * `npm run simulate -- [--seed N] [--seeds N] [--flows M] [--plant NAME]`: runs of the platform's own code under seeded faults.
 * Exit code 1 when anything differs from the story, with every difference named.
 */
import './hooks.ts';
import { parseArgs } from 'node:util';

const { plants } = await import('./plants.ts');

const option = { type: 'string' } as const;
const { values } = parseArgs({ options: { seed: option, seeds: option, flows: option, plant: option } });
const [seed, seeds, flows] = [values.seed ?? '1', values.seeds ?? '1', values.flows ?? '500'].map(Number) as [
  number,
  number,
  number,
];
const plant = values.plant === undefined ? undefined : plants[values.plant];
if (values.plant !== undefined && plant === undefined) {
  process.stderr.write(
    `There is no plant "${values.plant}". There are: ${Object.keys(plants).join(', ')}.\n`,
  );
  process.exit(2);
}

const { Documents } = await import('./documents.ts');
const { People } = await import('./people.ts');
const { runOnce } = await import('./run.ts');

const documents = await Documents.open();
const people = await People.create();
const total = { flows: 0, kills: 0, differences: 0 };
const began = performance.now();
try {
  for (let at = seed; at < seed + seeds; at += 1) {
    const from = performance.now();
    const result = await runOnce(documents, people, { seed: at, flows, plant });
    total.flows += result.flows;
    total.kills += result.kills;
    total.differences += result.differences.length;
    for (const difference of result.differences) process.stdout.write(`seed ${at}: ${difference}\n`);
    const seconds = ((performance.now() - from) / 1000).toFixed(1);
    process.stdout.write(
      `seed ${at}: ${result.flows} flows, ${result.steps} steps, ${result.kills} kills, ${result.differences.length} differences, ${seconds} s, trace ${result.trace.slice(0, 16)}\n`,
    );
  }
} finally {
  await documents.close();
}
const seconds = ((performance.now() - began) / 1000).toFixed(0);
process.stdout.write(
  `${total.flows} flows over ${seeds} seeds, ${total.kills} kills, ${total.differences} differences, ${seconds} s\n`,
);
process.exit(total.differences === 0 ? 0 : 1);
