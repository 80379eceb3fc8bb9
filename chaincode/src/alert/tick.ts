/** Time reaches the ledger as an argument: overdue legs, registrations without flow, flows without registration. */
import type { z } from 'zod';
import { workingDaysBetween } from '#kernel/dates.ts';
import type { CalendarDay } from '#kernel/dates.ts';
import type { alertArgs, AlertLevel, AlertRule } from '#kernel/records/alert.ts';
import { keyParts } from '#kernel/records/keys.ts';
import { calendarOf } from '../draft/plan-check.ts';
import { Book, partiesOf } from '../reconciliation/book.ts';
import type { Movement, Place } from '../reconciliation/book.ts';
import { subjectOf } from '../reconciliation/settle.ts';
import type { Tx } from '../tx.ts';
import { raise } from './raise.ts';
import type { Raise } from './raise.ts';

type TickArgs = z.infer<typeof alertArgs.tick>;
type Subject = TickArgs['subjects'][number];

/** Judges each subject as it stands on the ledger; raises at most one alert per subject, rule and level. */
export async function tick(tx: Tx, args: TickArgs): Promise<{ outcome: 'DONE'; raised: string[] }> {
  const book = new Book(tx);
  const raised: string[] = [];
  for (const subject of args.subjects) {
    for (const found of await judge(book, subject, args)) {
      const { id, raised: isNew } = await raise(tx, found);
      if (isNew) raised.push(id);
    }
  }
  return { outcome: 'DONE', raised };
}

async function judge(book: Book, subject: Subject, args: TickArgs): Promise<Raise[]> {
  if (subject.kind === 'flow') {
    const movement = await book.movement(subject.flowKey);
    return movement === null ? [] : judgeFlow(book, movement, args);
  }
  const place = await book.place(subject.draftId, subject.legId);
  return place === null ? [] : judgeLeg(book, place, args);
}

async function judgeLeg(book: Book, place: Place, { asOf, unmatchedDays }: TickArgs): Promise<Raise[]> {
  const { draft, leg, progress } = place;
  const over = ['SETTLED', 'TERMINATED', 'RECALLED'].includes(draft.Status);
  if (over || progress.state === 'MATCHED' || progress.state === 'CANCELLED') return [];
  const found: Raise[] = [];
  const late = await workingDays(book, leg.deadline, asOf);
  const base = { division: draft.division, responsibleOrgId: leg.payer.orgId, parties: partiesOf(draft) };
  if (asOf > leg.deadline) {
    const subject = { ...subjectOf(place, null), serialNo: null };
    found.push({ ...base, rule: 'A04', level: late > 3 ? 'red' : 'yellow', subject, resultCodes: ['LATE'] });
  }
  const waits = progress.state === 'REGISTERED' && progress.flowKey === null;
  if (!waits || progress.bookingDate === null) return found;
  const level = levelAfter(await workingDays(book, progress.bookingDate, asOf), unmatchedDays);
  if (level === null) return found;
  found.push({ ...base, rule: 'A05', level, subject: subjectOf(place, null), resultCodes: ['NO_FLOW'] });
  return found;
}

/** A debit on a supervised account that no registration has taken. */
async function judgeFlow(
  book: Book,
  movement: Movement,
  { asOf, unmatchedDays }: TickArgs,
): Promise<Raise[]> {
  const { flow, outcome, key } = movement;
  const isReceipt = flow.direction === 'CRDT' && !flow.reversal;
  if (outcome.state !== 'WAITING' || isReceipt) return [];
  const account = await book.tx.get('ACCOUNT', keyParts.ACCOUNT(flow.bankId, flow.account));
  const level = levelAfter(await workingDays(book, flow.bookingDate, asOf), unmatchedDays);
  if (account === null || level === null) return [];
  const owner = await book.tx.get('ORG', keyParts.ORG(account.orgId));
  const rule: AlertRule = 'A06';
  return [
    {
      ...{
        rule,
        level,
        subject: { flowKey: key, serialNo: flow.serialNo },
        resultCodes: ['NO_REGISTRATION'],
      },
      ...{ division: owner?.division ?? book.tx.caller.division, responsibleOrgId: account.orgId },
      parties: [account.orgId, flow.bankId],
    },
  ];
}

function levelAfter(days: number, limits: TickArgs['unmatchedDays']): AlertLevel | null {
  if (days > limits.red) return 'red';
  return days > limits.yellow ? 'yellow' : null;
}

const calendars = new WeakMap<Book, Map<string, CalendarDay[]>>();

async function workingDays(book: Book, from: string, to: string): Promise<number> {
  if (to <= from) return 0;
  const read = calendars.get(book) ?? new Map<string, CalendarDay[]>();
  calendars.set(book, read);
  const years = `${from.slice(0, 4)}-${to.slice(0, 4)}`;
  const days = read.get(years) ?? (await calendarOf(book.tx, yearsBetween(from, to)));
  read.set(years, days);
  return workingDaysBetween(from, to, days);
}

function yearsBetween(from: string, to: string): string[] {
  const dates: string[] = [];
  for (let year = Number(from.slice(0, 4)); year <= Number(to.slice(0, 4)); year += 1)
    dates.push(`${year}-01-01`);
  return dates;
}
