/**
 * Loads the demonstration, then copies of its issued projects through the ledger: until there are LARGE_FLOWS flows, those of
 * an earlier start of the same folder included, and READY_DRAFTS copies of a draft whose first legs are registered and wait
 * for their flows.
 */
import { compose, platformUserId } from '../../../src/compose.ts';
import { loadConfig } from '../../../src/config.ts';
import { cpuOfChildren } from '../processes.ts';
import { noteLoaded, readLoaded, type Loaded } from './loaded.ts';
import { noteReady, registerFirstLegs, templateOfReady } from './registered.ts';
import { stateOf, templatesOf, type StateEntry, type Template } from './template.ts';

const recordsPerTransaction = 200;
const abreast = 16;
const projectionMs = 7_200_000;
/** Most drafts of a fund that has run for years are far on: a project is copied the more often, the more flows it has. */
const mostOfOne = 10;
const copiesIn = ({ flows: own }: Template): number => Math.min(mostOfOne, Math.max(1, own - 4));

await import('../../../src/commands/demo.ts');
const flows = Number(process.env['LARGE_FLOWS'] ?? '0');
const drafts = Number(process.env['READY_DRAFTS'] ?? '0');
const platform = await compose(loadConfig(process.env), 'demo');
try {
  if (flows > 0) await loadFlows(platform.config.dataDir);
  if (drafts > 0) {
    const ready = await registerFirstLegs(platform);
    const { height } = await platform.ledger.info();
    await load(readyCopies(templateOfReady(await templatesUntil(height), ready), ready.firstNumber));
    await noteReady(platform.config.dataDir, { ...ready, copies: drafts });
  }
} finally {
  await platform.close();
}

/** Adds copies to those that are there, and notes how far it came and what that took. */
async function loadFlows(folder: string): Promise<void> {
  const { height } = await platform.ledger.info();
  const made: { -readonly [K in keyof Loaded]: Loaded[K] } = await readLoaded(folder, height);
  if (made.flows >= flows) return;
  const before = made.flows;
  const took = await load(copiesOf(await templatesUntil(made.demoHeight), made));
  await noteLoaded(folder, { ...made, loadedFlows: made.flows - before, took });
}

/** The projects as they stood at a height; later blocks may hold more than fits in memory. */
async function templatesUntil(height: number): Promise<Template[]> {
  return templatesOf(await stateOf(until(height, new AbortController())));
}

/** Puts copies onto the ledger and waits until the read model shows them. */
async function load(copies: Iterable<StateEntry[]>): Promise<Loaded['took']> {
  const batches = batchesOf(copies);
  const signer = await platform.keys.identityFor(platformUserId);
  const took = { transactions: 0, records: 0, ledgerMs: 0, shownMs: 0, cpuMs: {} };
  const lane = async (): Promise<void> => {
    for (const entries of batches) {
      took.transactions += 1;
      took.records += entries.length;
      const args = [JSON.stringify(entries)];
      await platform.ledger.submit({ contract: 'fixture', fn: 'put', args }, signer);
    }
  };
  const before = await cpuOfChildren(process.ppid);
  const began = performance.now();
  await Promise.all(Array.from({ length: abreast }, lane));
  took.ledgerMs = Math.round(performance.now() - began);
  await platform.height.waitForHeight((await platform.ledger.info()).height, projectionMs);
  took.shownMs = Math.round(performance.now() - began);
  const after = await cpuOfChildren(process.ppid);
  took.cpuMs = Object.fromEntries(
    Object.entries(after).map(([name, ms]) => [name, ms - (before[name] ?? 0)]),
  );
  platform.log.info(took, 'copies loaded');
  return took;
}

async function* until(height: number, stop: AbortController): ReturnType<typeof platform.ledger.blocks> {
  for await (const block of platform.ledger.blocks(0, stop.signal)) {
    yield block;
    if (block.number === height - 1) return;
  }
}

/** Copies of all templates in turn, until they hold so many flows. @param made counts the flows and the rounds */
function* copiesOf(
  templates: readonly Template[],
  made: { flows: number; rounds: number },
): Generator<StateEntry[]> {
  while (made.flows < flows) {
    made.rounds += 1;
    for (const template of templates) {
      for (let copy = 0; copy < copiesIn(template); copy += 1) {
        yield template.copy(made.rounds * mostOfOne + copy);
        made.flows += template.flows;
      }
    }
  }
}

function* readyCopies(template: Template, firstNumber: number): Generator<StateEntry[]> {
  for (let copy = 0; copy < drafts; copy += 1) yield template.copy(firstNumber + copy);
}

/** Transactions of so many records. */
function* batchesOf(copies: Iterable<StateEntry[]>): Generator<StateEntry[]> {
  let batch: StateEntry[] = [];
  for (const entries of copies) {
    batch.push(...entries);
    if (batch.length < recordsPerTransaction) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
