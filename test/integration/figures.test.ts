/** Home figures are those of the person's own scope, each leads to the list it counts, and lists narrow by place. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parseFen } from '#kernel/fen.ts';
import type { Draft } from '#kernel/records/draft.ts';
import { demoProjects } from '../../src/commands/demo/projects.ts';
import { paths } from '../../src/paths.ts';
import { money } from '../../src/views/format.ts';
import { openTestWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
/** Drafts as they stand on the ledger: two of the walk's county, one of the other. */
let drafts: readonly Draft[];
const townshipOf = { walk: '522634104', other: '520526210' };
before(async () => {
  web = await openTestWeb();
  const other = demoProjects(web.world.today).find((one) => one.county === '520526');
  const made = [
    await web.project('RAISED'),
    await web.project('ISSUED'),
    await web.project('CIRCULATING', { county: '520526', content: other!.content }),
  ];
  await web.project('SUBMITTED');
  drafts = await Promise.all(made.map(async (one) => web.world.draft(one.draftId ?? '')));
});
after(async () => web.close());

/** The figure under a label, and where its link leads. */
function figure(html: string, label: string): { text: string; href: string } {
  const found = new RegExp(`<dt>${label}[^<]*</dt><dd><a href="([^"]*)">([^<]*)</a>`).exec(html);
  assert.ok(found, `no figure ${label}`);
  return { href: (found[1] ?? '').replaceAll('&amp;', '&'), text: found[2] ?? '' };
}

/** Matched contributions as the ledger's records add them up. */
function raised(of: readonly Draft[]): string {
  const sum = of.flatMap((draft) =>
    draft.PlanPath.filter((leg) => leg.kind === 'F' || leg.kind === 'B').map((leg) =>
      parseFen(draft.legs.find((one) => one.legId === leg.legId)?.matchedFen ?? '0'),
    ),
  );
  return money(sum.reduce((total, one) => total + one, 0n));
}

const rowsOf = (html: string): number => Number(/共 ([\d,]+) 条/.exec(html)?.[1] ?? Number.NaN);

test('two counties, a prefecture and the province see different sums, each true', async () => {
  const [first, second, other] = drafts;
  const all = [
    { userId: 'cph-522634-1', sees: [first!, second!], townships: 1 },
    { userId: 'cph-520526-1', sees: [other!], townships: 1 },
    { userId: 'lfb-5226-1', sees: [first!, second!], townships: 1 },
    { userId: 'pfd-1', sees: drafts, townships: 2 },
    { userId: 'imp-520526-1', sees: [other!], townships: 1 },
  ];
  assert.equal(new Set(all.slice(0, 2).map((one) => raised(one.sees))).size, 2);
  assert.notEqual(raised(drafts), raised([first!, second!]));
  for (const { userId, sees, townships } of all) {
    const browser = await web.as(userId);
    const { text } = await browser.get(paths.home);
    assert.equal(figure(text, '累计投放金额').text, raised(sees), userId);
    const live = figure(text, '流转中汇票');
    assert.equal(live.text, String(sees.length), userId);
    assert.equal(rowsOf((await browser.get(live.href)).text), sees.length, `${userId} ${live.href}`);
    const places = figure(text, '帮扶乡镇');
    assert.equal(places.text, String(townships), userId);
    assert.equal(rowsOf((await browser.get(places.href)).text), townships, userId);
    assert.equal(rowsOf((await browser.get(figure(text, '累计投放金额').href)).text), sees.length, userId);
  }
});

test('administrators get the ledger alone: no drafts, no amounts, no page of townships', async () => {
  const browser = await web.as('sysadmin');
  const { text } = await browser.get(paths.home);
  figure(text, '区块高度');
  assert.doesNotMatch(text, /累计投放金额|帮扶乡镇|流转中汇票/);
  assert.equal((await browser.get(paths.townships)).status, 403);
});

test('lists of projects, drafts and approvals narrow by township; a foreign one finds nothing', async () => {
  const office = await web.as('plo-1');
  const total = async (path: string): Promise<number> => rowsOf((await office.get(path)).text);
  assert.equal(await total(paths.projects), 4);
  assert.equal(await total(`${paths.projects}?township=${townshipOf.walk}`), 3);
  assert.equal(await total(`${paths.projects}?township=${townshipOf.other}`), 1);
  assert.equal(await total(`${paths.projects}?township=${townshipOf.walk}&category=greenhouse`), 0);
  assert.equal(await total(`${paths.drafts}?township=${townshipOf.other}`), 1);
  assert.equal(await total(`${paths.drafts}?status=live&township=${townshipOf.walk}`), 2);
  const checker = await web.as('cph-522634-2');
  assert.equal(rowsOf((await checker.get(`${paths.approvals}?township=${townshipOf.walk}`)).text), 1);
  const county = await web.as('cph-520526-1');
  const page = await county.get(paths.projects);
  assert.match(page.text, /石门乡/);
  assert.doesNotMatch(page.text, /雷山县/);
});

test('a township in the search box leads to its projects', async () => {
  const office = await web.as('plo-1');
  const { text } = await office.get(`${paths.search}?q=${encodeURIComponent('石门乡')}`);
  assert.match(text, new RegExp(`href="${paths.projects}\\?township=${townshipOf.other}"`));
  const outside = await (
    await web.as('cph-522634-1')
  ).get(`${paths.search}?q=${encodeURIComponent('石门乡')}`);
  assert.doesNotMatch(outside.text, new RegExp(townshipOf.other));
});

test('alerts narrow by age and show the closed ones when asked for all', async () => {
  const office = await web.as('plo-1');
  for (const query of ['state=all', 'age=day', 'age=overdue', 'state=closed&age=week'])
    assert.equal((await office.get(`${paths.alerts}?${query}`)).status, 200, query);
});
