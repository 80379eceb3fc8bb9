/** Statements and balance tables over the API: what the pages of 对账单 and 余额调节表 show and do. */
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { isAccount, normalAccount } from '#kernel/normal-form.ts';
import { dateText } from '#kernel/records/common.ts';
import type { Platform } from '../../compose.ts';
import { personOf } from '../../middleware/person.ts';
import { BalanceService } from '../../models/balance/balance.service.ts';
import { DomainError } from '../../models/kernel/errors.ts';
import { broughtBy, readAtOnce } from '../../models/statement/bringing.ts';
import { StatementPageService } from '../../models/statement/statement-page.service.ts';
import { whyNotConfirm } from '../../models/statement/statement.rules.ts';
import { rowStates, type Statement, type StatementRow } from '../../models/statement/statement.schema.ts';
import { readUpload } from '../upload.ts';
import { row } from './subjects.ts';
import { change, type Asked, type Change, type Question } from './types.ts';
import { send } from './wire.ts';

const tag = '对账单 statements';
const pageQuery = {
  page: z.coerce.number().int().min(1).max(100_000).default(1),
  size: z.coerce.number().int().min(1).max(200).default(20),
};
const asPage = z.object(pageQuery);

/** The multipart form of a statement, for the document. */
export const statementForm = z.object({
  account: z
    .string()
    .optional()
    .describe('The account, where the file does not name it; required of an owner'),
  file: z.string().describe('the bytes; after the field'),
});
/** What bringing one answers. */
export const broughtStatement = z.looseObject({ id: z.string(), state: z.string() });

/** Multipart: account, then the file. Small files are read before the answer. */
export function uploadStatement({ models, services, log }: Platform): RequestHandler {
  const pages = new StatementPageService(models);
  return async (req, res) => {
    const person = personOf(req);
    if (req.is('multipart/form-data') === false)
      throw new DomainError('UNSUPPORTED_MEDIA_TYPE', 'send multipart/form-data');
    const { _id, size } = await readUpload(
      req,
      async (file, fileName, { account = '' }) =>
        services.statements.receive(await broughtBy(pages, person, { fileName, account }), file),
      () => undefined,
    );
    log.info({ requestId: res.locals.requestId, statementId: _id }, 'statement brought');
    if (size <= readAtOnce) await services.statements.work(_id);
    send(res, 201, shown(await pages.open(person, _id)));
  };
}

export const statementChanges: readonly Change[] = [
  change({
    method: 'post',
    path: '/statements/{id}/confirm',
    tag,
    summary:
      '确认对账单 Confirm a proven statement as a whole, by a second person of the bank; its rows are taken in',
    body: z.object({}),
    run: async ({ platform, person, params }) => {
      const { models, services } = platform;
      const pages = new StatementPageService(models);
      const statement = await pages.open(person, params.id ?? '');
      const why = whyNotConfirm(person, statement);
      if (why !== null) throw new DomainError(why, 'may not confirm this statement');
      await services.statements.confirm(statement._id, person);
      if (statement.size <= readAtOnce) await services.statements.work(statement._id);
      return { result: shown(await pages.open(person, statement._id)) };
    },
  }),
];

export const statementQuestions: readonly Question[] = [
  {
    path: '/statements',
    tag,
    summary: '对账单 Statements, newest first; of accounts in scope alone',
    query: asPage,
    answer: listOf,
  },
  {
    path: '/statements/{id}',
    tag,
    summary: '对账单 One statement: counts, sums, proofs, balances, flows it lacks',
    answer: async ({ platform, person, params }) =>
      shown(await new StatementPageService(platform.models).open(person, params.id ?? '')),
  },
  {
    path: '/statements/{id}/rows',
    tag,
    summary: '对账单逐行 Each row and what it would do, or did',
    query: z.object({ ...pageQuery, state: z.enum(rowStates).optional() }),
    answer: rowsOf,
  },
  {
    path: '/balances/{account}',
    tag,
    summary:
      '银行存款余额调节表 The balance reconciliation of an account: days that have one, and the table of `date` or of the newest day',
    query: z.object({ date: dateText.optional() }),
    answer: balanceOf,
  },
];

async function listOf({ platform, person, query }: Asked): Promise<unknown> {
  const { page, size } = asPage.parse(query);
  const pages = new StatementPageService(platform.models);
  const { rows, total } = await pages.list(person, { skip: (page - 1) * size, size });
  return { items: rows.map(({ sections: _, ...one }) => shown(one)), total, page, size };
}

async function rowsOf({ platform, person, params, query }: Asked): Promise<unknown> {
  const { page, size } = asPage.parse(query);
  const state = rowStates.find((one) => one === query.state) ?? null;
  const pages = new StatementPageService(platform.models);
  const statement = await pages.open(person, params.id ?? '');
  const { rows, total } = await pages.rows(person, statement, { skip: (page - 1) * size, size, state });
  return { items: rows.map(shownRow), total, page, size };
}

/** @throws DomainError NOT_FOUND for an account outside the scope, and for a day that no proven statement ends on */
async function balanceOf({ platform: { models }, person, params, query }: Asked): Promise<unknown> {
  const number = normalAccount(params.account ?? '');
  const accounts = await new StatementPageService(models).accounts(person);
  const account = isAccount(number) ? accounts.find((one) => one.account === number) : undefined;
  if (account === undefined) throw new DomainError('NOT_FOUND', 'no such account in scope');
  const balances = new BalanceService(models);
  const days = await balances.days(number);
  const date = query.date ?? days[0];
  const balance = date === undefined ? null : await balances.of(account, date);
  if (query.date !== undefined && balance === null)
    throw new DomainError('NOT_FOUND', 'no statement ends on that day');
  return { account: number, name: account.name, bankId: account.bankId, days, balance };
}

function shown({ leaseUntil: _, ...statement }: Partial<Statement>): Record<string, unknown> {
  return row(statement);
}

function shownRow({ entry: _, contentHash: __, statementId: ___, ...one }: StatementRow): object {
  return row({ ...one });
}
