/**
 * Random documents, indexes, filters, sorts, projections and updates: the answer with an index, the answer by
 * scan and the answer of a plain reference in memory are the same. DOCUMENTS_RANDOM_CASES says how many cases,
 * DOCUMENTS_RANDOM_SEED repeats a run, DOCUMENTS_RANDOM_ROUND one round of it.
 */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openStore } from './support/store.ts';
import { CASES_PER_ROUND, runRound } from './random/round.ts';

const cases = Number(process.env['DOCUMENTS_RANDOM_CASES'] ?? 600);
const seed = Number(process.env['DOCUMENTS_RANDOM_SEED'] ?? Date.now() % 1_000_000_000);
const only = process.env['DOCUMENTS_RANDOM_ROUND'];

/** A run goes on after a fault, so that one report shows several. */
const FAULTS_TOLD = Number(process.env['DOCUMENTS_RANDOM_FAULTS'] ?? 8);

const store = await openStore();
after(() => store.close());

test(`${cases} random cases agree, seed ${seed}`, async (context) => {
  context.diagnostic(`DOCUMENTS_RANDOM_SEED=${seed} repeats these cases`);
  const rounds = Array.from({ length: Math.ceil(cases / CASES_PER_ROUND) }, (_, i) => i);
  const tally = { queries: 0, found: 0, distincts: 0, updates: 0, refusals: 0 };
  const faults: string[] = [];
  for (const round of only === undefined ? rounds : [Number(only)]) {
    const db = store.exact.db(store.database().databaseName);
    const replay = `DOCUMENTS_RANDOM_SEED=${seed} DOCUMENTS_RANDOM_ROUND=${round} repeats this:`;
    await runRound({ db, seed, round, tally }).catch((error: unknown) => {
      const { message } = error as Error;
      faults.push(`${replay} ${faults.length === 0 ? message : message.slice(0, 600)}`);
    });
    await db.dropDatabase();
    if (faults.length === FAULTS_TOLD) break;
  }
  context.diagnostic(JSON.stringify(tally));
  assert.equal(faults.length, 0, faults.join('\n\n'));
});
