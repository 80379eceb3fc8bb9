/** 对账单: brought by the bank or an account's owner, shown row by row before anything is taken, confirmed as a whole by a second person. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Router, type Request, type Response } from 'express';
import type { Platform } from '../compose.ts';
import { label, t } from '../messages/index.ts';
import { personOf } from '../middleware/person.ts';
import { csvLine } from '../models/export/cell.rules.ts';
import { DomainError, InputError } from '../models/kernel/errors.ts';
import { broughtBy, readAtOnce } from '../models/statement/bringing.ts';
import { rowStateOf, StatementPageService } from '../models/statement/statement-page.service.ts';
import { mayBring, whyNotConfirm } from '../models/statement/statement.rules.ts';
import type { StatementRow } from '../models/statement/statement.schema.ts';
import { paths } from '../paths.ts';
import { money } from '../views/format.ts';
import { readList, withTotal } from './list.ts';
import { readUpload } from './upload.ts';

/** Routes of statements: list, bringing one, its rows, and taking it in. */
export function statementRoutes({ services, models, log }: Platform): Router {
  const router = Router();
  const pages = new StatementPageService(models);

  const showList = async (
    req: Request,
    res: Response,
    errors: Record<string, string> = {},
  ): Promise<void> => {
    const person = personOf(req);
    const list = readList(req, { path: paths.statements, sortable: {}, defaultSort: '', filters: [] });
    const { rows, total } = await pages.list(person, list);
    const source = mayBring(person);
    res.render('statements/list', {
      title: t('statement.title'),
      rows,
      list: withTotal(list, total),
      source,
      accounts: source === null ? [] : await pages.accounts(person, source === 'owner'),
      errors,
    });
  };

  router.get(paths.statements, async (req, res) => showList(req, res));
  router.post(paths.statements, async (req, res) => {
    const person = personOf(req);
    try {
      const statement = await readUpload(req, async (file, fileName, fields) =>
        services.statements.receive(
          await broughtBy(pages, person, { fileName, account: fields.account ?? '' }),
          file,
        ),
      );
      log.info({ requestId: res.locals.requestId, statementId: statement._id }, 'statement brought');
      if (statement.size <= readAtOnce) await services.statements.work(statement._id);
      res.redirect(303, paths.statement(statement._id));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      res.status(422);
      await showList(req, res, texts(error.fields));
    }
  });
  router.get(`${paths.statements}/:id`, async (req, res) => {
    const person = personOf(req);
    const statement = await pages.open(person, req.params.id);
    const path = paths.statement(statement._id);
    const list = readList(req, {
      path,
      sortable: {},
      defaultSort: '',
      filters: [{ name: 'state', label: '' }],
    });
    const state = rowStateOf(list.values.state);
    const { rows, total } = await pages.rows(person, statement, { ...list, state });
    const why = whyNotConfirm(person, statement);
    const next = { id: 'confirm', allowed: why === null, title: t('statement.confirm') };
    res.render('statements/statement', {
      title: t('statement.one'),
      statement,
      rows,
      state,
      list: withTotal(list, total),
      next:
        statement.state === 'ready'
          ? { ...next, reason: why === null ? '' : label(`why.${why}`, label(`refusal.${why}`)) }
          : null,
      names: await accountNames(models, statement.accounts),
    });
  });
  router.post(`${paths.statements}/:id/confirm`, async (req, res) => {
    const person = personOf(req);
    const statement = await pages.open(person, req.params.id);
    const why = whyNotConfirm(person, statement);
    if (why !== null) throw new DomainError(why, 'may not confirm this statement');
    await services.statements.confirm(statement._id, person);
    if (statement.size <= readAtOnce) await services.statements.work(statement._id);
    log.info({ requestId: res.locals.requestId, statementId: statement._id }, 'statement confirmed');
    req.session.notice = t('statement.confirmed');
    res.redirect(303, paths.statement(statement._id));
  });
  router.get(`${paths.statements}/:id/rows.csv`, async (req, res) => {
    const person = personOf(req);
    const statement = await pages.open(person, req.params.id);
    res.set({
      'Content-Type': 'text/csv; charset=utf-8',
      'Content-Disposition': `attachment; filename="statement-${statement.sha256.slice(0, 12)}.csv"`,
      'Cache-Control': 'private, no-store',
    });
    await pipeline(Readable.from(csvOf(pages.everyRow(person, statement))), res);
  });
  return router;
}

function texts(fields: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, key]) => [name, label(key)]));
}

async function accountNames(
  models: Platform['models'],
  accounts: readonly string[],
): Promise<Map<string, string>> {
  const found = await models.bankAccount.find({ account: { $in: accounts } }, { account: 1, name: 1 }).lean();
  return new Map(found.map((one) => [one.account, one.name]));
}

async function* csvOf(rows: AsyncIterable<StatementRow>): AsyncGenerator<string> {
  const heads = [
    'row',
    'verdict',
    'account',
    'serial',
    'date',
    'direction',
    'amount',
    'other',
    'otherName',
    'purpose',
    'reason',
  ] as const;
  yield `\ufeff${csvLine(heads.map((name) => t(`statement.head.${name}`)))}`;
  for await (const row of rows)
    yield csvLine([
      String(row.row),
      label(`statementRow.${row.state}`),
      row.account,
      row.serialNo,
      row.bookingDate,
      row.direction === '' ? '' : label(`direction.${row.direction}`),
      money(row.fen).replaceAll(',', ''),
      row.otherAccount,
      row.otherName,
      row.purpose,
      row.reason === '' ? '' : `${label(`statement.fault.${row.reason}`)} ${row.found}`.trim(),
    ]);
}
