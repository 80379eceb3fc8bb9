/** Every query that the platform sends while people use it is served by an index. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { crawl } from '../support/crawl.ts';
import { collectQueries, type SeenQuery } from '../support/seen-queries.ts';
import { openTestWeb, type TestWeb } from '../support/web.ts';

/** One person of each kind of role. */
const people = ['plo-1', 'pfd-1', 'lpf-1', 'aud-1', 'bank-qs-1', 'lfb-5226-1', 'cph-522634-1'].concat([
  'lfb-522634-1',
  'cpc-522634-1',
  'imp-522634-1',
  'sysadmin',
  'secadmin',
  'logadmin',
]);

/** Master data: a few documents each, read whole on purpose. */
const masterData = [
  'organisations',
  'users',
  'bank_accounts',
  'banks',
  'bank_clocks',
  'funds',
  'calendars',
] as const;

const seen = collectQueries();
let web: TestWeb;
before(async () => {
  web = await openTestWeb({}, seen.add);
});
after(() => web.close());

test('no query of pages, jobs and projection reads a growing collection whole', async () => {
  await web.project('PARTIALLY_REDEEMED');
  await web.project('COUNTERSIGNED');
  const missing: object[] = [];
  for (const person of people) {
    const visited = await crawl(await web.as(person), { each: 2 });
    missing.push(...visited.filter(({ status }) => status >= 400).map((one) => ({ person, ...one })));
  }
  assert.deepEqual(missing, [], 'every link that a person is shown answers');
  const scans: string[] = [];
  for (const query of seen.all()) if (await scansAll(query)) scans.push(query.shape);
  assert.deepEqual(scans, []);
  assert.ok(seen.all().length > 100, `only ${seen.all().length} kinds of query were seen`);
});

async function scansAll({ database, command, collection }: SeenQuery): Promise<boolean> {
  if (masterData.some((name) => name === collection)) return false;
  const client = web.platform.connection.getClient();
  const plan = await client.db(database).command({ explain: command, verbosity: 'queryPlanner' });
  return JSON.stringify(plan).includes('COLLSCAN');
}
