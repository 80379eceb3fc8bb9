/** 银行存款余额调节表: per account and day, on screen, for print and as a workbook. */
import { pipeline } from 'node:stream/promises';
import { Router, type Request } from 'express';
import { normalAccount } from '#kernel/normal-form.ts';
import type { Platform } from '../compose.ts';
import { t } from '../messages/index.ts';
import { personOf } from '../middleware/person.ts';
import type { BankRow, BookItem } from '../models/balance/balance.rules.ts';
import { BalanceService, type DayBalance } from '../models/balance/balance.service.ts';
import { workbookOf, type SheetRow } from '../models/export/workbook.ts';
import { DomainError } from '../models/kernel/errors.ts';
import type { BankAccountDoc } from '../models/member/member.schema.ts';
import { StatementPageService } from '../models/statement/statement-page.service.ts';
import { paths } from '../paths.ts';
import { beijing } from '../views/format.ts';

/** Entries of each pile that the page lists; the sums count all, the workbook has all. */
const listed = 200;

interface Asked {
  readonly accounts: readonly BankAccountDoc[];
  readonly account: BankAccountDoc | undefined;
  readonly days: readonly string[];
  readonly date: string;
  readonly balance: DayBalance | null;
}

/** Routes of the balance reconciliation. */
export function balanceRoutes({ models, log }: Platform): Router {
  const router = Router();
  const pages = new StatementPageService(models);
  const balances = new BalanceService(models);

  const asked = async (req: Request): Promise<Asked> => {
    const accounts = await pages.accounts(personOf(req));
    const text = (name: string): string => (typeof req.query[name] === 'string' ? req.query[name] : '');
    const number = normalAccount(text('account'));
    const account = number === '' ? accounts[0] : accounts.find((one) => one.account === number);
    if (account === undefined) {
      if (number !== '') throw new DomainError('NOT_FOUND', 'no such account in scope');
      return { accounts, account, days: [], date: '', balance: null };
    }
    const days = await balances.days(account.account);
    const date = /^\d{4}-\d{2}-\d{2}$/.test(text('date')) ? text('date') : (days[0] ?? '');
    const balance = date === '' ? null : await balances.of(account, date);
    return { accounts, account, days, date, balance };
  };

  router.get(paths.balance, async (req, res) => {
    const person = personOf(req);
    const found = await asked(req);
    res.render('statements/balance', {
      title: t('balance.title'),
      ...found,
      agrees: found.balance?.table.differenceFen === 0n,
      listed,
      printedBy: person.name,
      orgName: person.orgName,
    });
  });
  router.get(paths.balanceBook, async (req, res) => {
    const { account, date, balance } = await asked(req);
    if (account === undefined || balance === null)
      throw new DomainError('NOT_FOUND', 'no statement ends on that day');
    log.info({ requestId: res.locals.requestId, userId: personOf(req).userId, date }, 'balance exported');
    res.set({
      'Content-Type': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
      'Content-Disposition': `attachment; filename="balance-${account.account}-${date}.xlsx"`,
      'Cache-Control': 'private, no-store',
    });
    await pipeline(workbookOf(t('balance.title'), sheetOf(account, balance), [34, 18, 34, 18]), res);
  });
  return router;
}

/** The form that every accountant expects: the book on the left, the bank on the right, entries under each heading. */
function* sheetOf(account: BankAccountDoc, { date, since, table }: DayBalance): Generator<SheetRow> {
  yield { cells: [t('balance.title')], bold: true };
  yield { cells: [`${t('balance.account')}：${account.name} ${account.account}`] };
  yield { cells: [`${t('balance.date')}：${date}`, '', t('balance.unit')] };
  yield {
    cells: [t('balance.book'), t('balance.amount'), t('balance.bank'), t('balance.amount')],
    bold: true,
  };
  yield {
    cells: [
      t('balance.bookBalance'),
      { fen: table.bookFen },
      t('balance.bankBalance'),
      { fen: table.bankFen },
    ],
  };
  yield* block(
    { word: t('balance.addBankCredits'), entries: table.bankCredits.entries, fen: table.bankCredits.fen },
    { word: t('balance.addBookCredits'), entries: table.bookCredits.entries, fen: table.bookCredits.fen },
  );
  yield* block(
    { word: t('balance.lessBankDebits'), entries: table.bankDebits.entries, fen: table.bankDebits.fen },
    { word: t('balance.lessBookDebits'), entries: table.bookDebits.entries, fen: table.bookDebits.fen },
  );
  const [left, right] = [{ fen: table.adjustedBookFen }, { fen: table.adjustedBankFen }];
  yield { cells: [t('balance.adjusted'), left, t('balance.adjusted'), right], bold: true };
  yield { cells: [t('balance.difference'), { fen: table.differenceFen }], bold: true };
  yield { cells: [t('balance.since', { date: since })] };
  yield { cells: [`${t('balance.printedAt')}：${beijing(new Date())}`, '', t('balance.signatures')] };
}

interface Half {
  readonly word: string;
  readonly entries: readonly (BankRow | BookItem)[];
  readonly fen: bigint;
}

function* block(left: Half, right: Half): Generator<SheetRow> {
  yield { cells: [left.word, { fen: left.fen }, right.word, { fen: right.fen }], bold: true };
  const lines = Math.max(left.entries.length, right.entries.length);
  for (let at = 0; at < lines; at += 1)
    yield { cells: [...entryCells(left.entries[at]), ...entryCells(right.entries[at])] };
}

function entryCells(entry: BankRow | BookItem | undefined): SheetRow['cells'] {
  if (entry === undefined) return ['', ''];
  return [`${entry.bookingDate} ${entry.serialNo} ${entry.otherName}`.trim(), { fen: entry.fen }];
}
