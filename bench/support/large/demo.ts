/**
 * Loads the demonstration, then copies of its issued projects through the ledger: until there are LARGE_FLOWS flows, and
 * READY_DRAFTS copies of a draft whose first legs are registered and wait for their flows.
 */
import { compose, platformUserId } from '../../../src/compose.ts';
import { loadConfig } from '../../../src/config.ts';
import { noteReady, registerFirstLegs, templateOfReady } from './registered.ts';
import { stateOf, templatesOf, type StateEntry, type Template } from './template.ts';

const recordsPerTransaction = 200;
const abreast = 16;
const projectionMs = 3_600_000;

await import('../../../src/commands/demo.ts');
const flows = Number(process.env['LARGE_FLOWS'] ?? '0');
const drafts = Number(process.env['READY_DRAFTS'] ?? '0');
const platform = await compose(loadConfig(process.env), 'demo');
try {
  if (flows > 0) await load(copiesOf(templatesOf(await state()), flows));
  if (drafts > 0) {
    const ready = await registerFirstLegs(platform);
    await load(readyCopies(templateOfReady(templatesOf(await state()), ready), ready.firstNumber));
    await noteReady(platform.config.dataDir, { ...ready, copies: drafts });
  }
} finally {
  await platform.close();
}

async function state(): Promise<Map<string, string>> {
  const { height } = await platform.ledger.info();
  return stateOf(until(height, new AbortController()));
}

/** Puts copies onto the ledger and waits until the read model shows them. */
async function load(copies: Iterable<StateEntry[]>): Promise<void> {
  const batches = batchesOf(copies);
  const signer = await platform.keys.identityFor(platformUserId);
  let request = 0;
  const lane = async (): Promise<void> => {
    for (const entries of batches) {
      request += 1;
      const args = [JSON.stringify(entries)];
      await platform.ledger.submit({ contract: 'fixture', fn: 'put', args }, signer);
    }
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: abreast }, lane));
  const onLedger = performance.now();
  await platform.height.waitForHeight((await platform.ledger.info()).height, projectionMs);
  const [ledgerMs, shownMs] = [onLedger - began, performance.now() - onLedger].map(Math.round);
  platform.log.info({ transactions: request, ledgerMs, shownMs }, 'copies loaded');
}

async function* until(height: number, stop: AbortController): ReturnType<typeof platform.ledger.blocks> {
  for await (const block of platform.ledger.blocks(0, stop.signal)) {
    yield block;
    if (block.number === height - 1) return;
  }
}

/** Copies of all templates in turn, until they hold so many flows. */
function* copiesOf(templates: readonly Template[], wanted: number): Generator<StateEntry[]> {
  for (let [made, number] = [0, 1]; made < wanted; number += 1) {
    for (const template of templates) {
      yield template.copy(number);
      made += template.flows;
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
