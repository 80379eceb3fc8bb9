/** Loads the demonstration, then copies of its issued projects until there are LARGE_FLOWS flows, through the ledger. */
import { compose, platformUserId } from '../../../src/compose.ts';
import { loadConfig } from '../../../src/config.ts';
import { stateOf, templatesOf, type StateEntry, type Template } from './template.ts';

const recordsPerTransaction = 200;
const abreast = 16;
const projectionMs = 3_600_000;

await import('../../../src/commands/demo.ts');
const wanted = Number(process.env['LARGE_FLOWS'] ?? '10000');
const platform = await compose(loadConfig(process.env), 'demo');
try {
  const { height } = await platform.ledger.info();
  const stop = new AbortController();
  const templates = templatesOf(await stateOf(until(height, stop)));
  const batches = batchesOf(templates, wanted);
  const signer = await platform.keys.identityFor(platformUserId);
  let request = 0;
  const lane = async (): Promise<void> => {
    for (const entries of batches) {
      request += 1;
      const args = [JSON.stringify(entries)];
      await platform.ledger.submit({ contract: 'fixture', fn: 'put', args }, signer);
    }
  };
  await Promise.all(Array.from({ length: abreast }, lane));
  await platform.height.waitForHeight((await platform.ledger.info()).height, projectionMs);
  platform.log.info({ flows: wanted, transactions: request }, 'copies loaded');
} finally {
  await platform.close();
}

async function* until(height: number, stop: AbortController): ReturnType<typeof platform.ledger.blocks> {
  for await (const block of platform.ledger.blocks(0, stop.signal)) {
    yield block;
    if (block.number === height - 1) return;
  }
}

/** Copies of all templates in turn, as transactions of so many records. */
function* batchesOf(templates: readonly Template[], flows: number): Generator<StateEntry[]> {
  let batch: StateEntry[] = [];
  for (let [made, number] = [0, 1]; made < flows; number += 1) {
    for (const template of templates) {
      batch.push(...template.copy(number));
      made += template.flows;
      if (batch.length < recordsPerTransaction) continue;
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}
