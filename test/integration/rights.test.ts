/** Role × action of the permission matrix (domain 1.5, rows 1 and 5–17): through the pages, and with the person's own key at the ledger. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { roles } from '#kernel/records/common.ts';
import { refusalText } from '../../src/messages/index.ts';
import { DomainError } from '../../src/models/kernel/errors.ts';
import { rightsCases } from '../support/rights-cases.ts';
import type { Attempt } from '../support/rights-attempt.ts';
import { walkers, type Walker } from '../support/rights-people.ts';
import { rightsTable, type RightsRow } from '../support/rights-table.ts';
import type { Browser } from '../support/form-browser.ts';
import { openTestWeb, type TestWeb } from '../support/web.ts';

/** Codes with which the ledger refuses for who one is; any other refusal would be about the object. */
const refusals = ['ROLE_NOT_ALLOWED', 'POST_MISSING', 'OUT_OF_SCOPE', 'NOT_PAYER', 'NAMED_UNIT'];
const ledgerWords = refusals.map(refusalText);
/**
 * A page outside the person's sight is not there; one inside it is refused. Where only the ledger can tell (whether an alert names
 * the leading office, which lets the finance department judge it), the form comes back with the ledger's refusal.
 */
const isRefusal = ({ post, told }: PageAnswer): boolean =>
  post === 403 || post === 404 || ([409, 422].includes(post) && told);

let web: TestWeb;
const browsers = new Map<string, Browser>();
before(async () => {
  web = await openTestWeb();
  for (const { userId, machine } of walkers) if (!machine) browsers.set(userId, await web.as(userId));
});
after(async () => web.close());

function isAllowed(row: RightsRow, walker: Walker): boolean {
  const posts = row.may[walker.role];
  if (posts === undefined || (row.only !== undefined && row.only !== walker.orgId)) return false;
  return posts.length === 0 || posts.some((post) => walker.posts.includes(post));
}

/** The code with which the ledger refused, or 'DONE'. */
async function atLedger(walker: Walker, { call }: Attempt): Promise<string> {
  const args = { requestId: `rights-${randomUUID()}`, ...call.args };
  return web.platform.services.actions.submit(walker.userId, { ...call, args }).then(
    () => 'DONE',
    (error: unknown) => {
      if (error instanceof DomainError) return error.code;
      throw error;
    },
  );
}

/** What a page answered: status of the form and of posting it; `told` when it shows a refusal of the ledger. */
interface PageAnswer {
  readonly form: number;
  readonly post: number;
  readonly told: boolean;
}

async function throughPage(walker: Walker, { page }: Attempt): Promise<PageAnswer | null> {
  const browser = browsers.get(walker.userId);
  if (page === null || browser === undefined) return null;
  const form = await browser.get(page.form);
  const source = form.status === 200 ? page.form : '/help';
  const sent =
    page.file === undefined
      ? await browser.post(page.path, page.fields, source)
      : await browser.upload(page.path, page.fields, page.file, source);
  return {
    form: form.status,
    post: sent.status,
    told: ledgerWords.some((words) => sent.text.includes(words)),
  };
}

test('the table knows every case, and every role walks it', () => {
  assert.deepEqual(rightsTable.map((row) => row.action).sort(), Object.keys(rightsCases).sort());
  assert.deepEqual([...new Set(walkers.map((one) => one.role))].sort(), [...roles].sort());
  const rows = [...new Set(rightsTable.map((row) => row.row))];
  assert.deepEqual(rows, [1, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 17]);
});

for (const row of rightsTable) {
  test(`row ${row.row}: ${row.action}`, async () => {
    const open = rightsCases[row.action];
    assert.ok(open !== undefined);
    const shared = await open(web);
    await web.settled();
    const wrong: string[] = [];
    for (const walker of walkers.filter((one) => !isAllowed(row, one))) {
      const page = await throughPage(walker, shared);
      if (page !== null && !isRefusal(page)) wrong.push(`${walker.userId} page ${page.form}/${page.post}`);
      const code = await atLedger(walker, shared);
      if (!refusals.includes(code)) wrong.push(`${walker.userId} ledger ${code}`);
    }
    for (const walker of walkers.filter((one) => isAllowed(row, one))) {
      const attempt = await open(web);
      await web.settled();
      const page = await throughPage(walker, attempt);
      if (page !== null && (page.form !== 200 || ![200, 303].includes(page.post)))
        wrong.push(`${walker.userId} page ${page.form}/${page.post}, should pass`);
      const code = await atLedger(walker, page === null ? attempt : await open(web));
      if (code !== (attempt.pastRights ?? 'DONE')) wrong.push(`${walker.userId} ledger ${code}, should pass`);
    }
    assert.deepEqual(wrong, []);
  });
}
