/** Shows how a bank's sample would be read, raw beside normal form, by the very functions that read messages and statements; stores nothing. */
import { createHash } from 'node:crypto';
import { normalAccount, normalName } from '#kernel/normal-form.ts';
import { z } from 'zod';
import { directionOf, type BankProfile } from '../bank-profile/bank-profile.rules.ts';
import { readPushed, wireMessage, type ReadEntry } from '../inbox/wire.rules.ts';
import { readCamt } from './parse/camt.reader.ts';
import { readCsv } from './parse/csv.reader.ts';
import { StatementUnreadable, type FaultPart, type RowPart, type StatementPart } from './parse/part.ts';
import { readTable } from './parse/table.reader.ts';
import { readRow } from './row.rules.ts';

/** Rows that are shown. */
const shownRows = 20;

const fieldNames = [
  'serial',
  'account',
  'direction',
  'date',
  'time',
  'amount',
  'other',
  'otherName',
  'reversal',
  'original',
] as const;

/** A field as the bank wrote it, and in the form that is compared. */
export interface DryField {
  readonly name: (typeof fieldNames)[number];
  readonly raw: string;
  readonly normal: string;
}

/** One entry of the sample. */
export interface DryRow {
  readonly row: number;
  /** Last part of `statement.fault.…`; '' when the entry would be taken. */
  readonly reason: string;
  readonly found: string;
  readonly fields: readonly DryField[];
  readonly flowKey: string | null;
}

/** How the sample was understood. */
export interface DryRun {
  readonly format: 'json' | 'camt' | 'csv';
  readonly fault: { readonly reason: string; readonly found: string } | null;
  readonly rows: readonly DryRow[];
}

/** Whose sample it is. */
export interface DryPlace {
  readonly bankId: string;
  /** The bank's own account, where the sample does not name it. */
  readonly account: string;
  readonly profile: BankProfile;
  /** The bank's own profile, by which pushed entries are read; null while it has none. */
  readonly own: BankProfile | null;
}

/** Reads a pasted sample: a push message or entry in JSON, camt XML, or CSV with its line of heads. */
export async function dryRun(sample: string, place: DryPlace): Promise<DryRun> {
  const text = sample.trim();
  if (/^[{[]/.test(text)) return jsonRun(text, place);
  const isXml = text.startsWith('<');
  const chunks = once(text);
  const parts = isXml ? readCamt(chunks, () => undefined) : readTable(readCsv(chunks), place.profile);
  const { rows, fault } = await collected(parts, place);
  return { format: isXml ? 'camt' : 'csv', fault, rows };
}

async function collected(
  parts: AsyncIterable<StatementPart>,
  place: DryPlace,
): Promise<Omit<DryRun, 'format'>> {
  const rows: DryRow[] = [];
  let account = '';
  try {
    for await (const part of parts) {
      if (part.kind === 'section') account = part.account;
      if (part.kind !== 'row' && part.kind !== 'fault') continue;
      rows.push(tableRow(part, account, place));
      if (rows.length >= shownRows) break;
    }
  } catch (cause) {
    if (!(cause instanceof StatementUnreadable)) throw cause;
    return { rows, fault: { reason: cause.reason, found: cause.found } };
  }
  return { rows, fault: null };
}

function tableRow(part: RowPart | FaultPart, section: string, place: DryPlace): DryRow {
  const written = (part.kind === 'row' ? part.account : '') || section || place.account;
  const account = normalAccount(written);
  const rawHash = createHash('sha256').update('').digest('hex');
  const { reason, found, read } = readRow(part, { ...place, account, rawHash, accountFault: '' });
  if (part.kind === 'fault') return { row: part.row, reason, found, fields: [], flowKey: null };
  const { entry } = part;
  const raw = { ...entry, own: written, otherAccount: entry.other.account, otherName: entry.other.name };
  return { row: part.row, reason, found, fields: fieldsOf(raw, read), flowKey: read?.flowKey ?? null };
}

interface RawFields {
  readonly serialNo: string;
  readonly own: string;
  readonly direction: string;
  readonly bookingDate: string;
  readonly txTime: string;
  readonly amountFen: string;
  readonly otherAccount: string;
  readonly otherName: string;
  readonly reversal: boolean | string | null;
  readonly originalSerialNo: string | null;
}

function fieldsOf(raw: RawFields, read: ReadEntry | null): DryField[] {
  const written: Record<DryField['name'], string> = {
    serial: raw.serialNo,
    account: raw.own,
    direction: raw.direction,
    date: raw.bookingDate,
    time: raw.txTime,
    amount: raw.amountFen,
    other: raw.otherAccount,
    otherName: raw.otherName,
    reversal: String(raw.reversal ?? ''),
    original: raw.originalSerialNo ?? '',
  };
  const normal = read === null ? null : normalForms(read);
  return fieldNames.map((name) => ({ name, raw: written[name], normal: normal?.[name] ?? '' }));
}

function normalForms({ flow }: ReadEntry): Record<DryField['name'], string> {
  const other = flow.direction === 'CRDT' ? flow.payer : flow.payee;
  return {
    serial: flow.serialNo,
    account: flow.account,
    direction: flow.direction,
    date: flow.bookingDate,
    time: flow.txTime,
    amount: flow.amountFen,
    other: other.account,
    otherName: normalName(other.name),
    reversal: String(flow.reversal),
    original: flow.originalSerialNo ?? '',
  };
}

function jsonRun(text: string, place: DryPlace): DryRun {
  const refused = (reason: string, found: string): DryRun => ({
    format: 'json',
    fault: { reason, found },
    rows: [],
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    return refused('json', cause instanceof Error ? cause.message.slice(0, 100) : '');
  }
  const message = wireMessage.safeParse(value);
  const entries = message.success
    ? message.data.entries
    : Array.isArray(value)
      ? (value as unknown[])
      : [value];
  const rows = entries.slice(0, shownRows).map((entry, at) => jsonRow(entry, at + 1, place));
  return { format: 'json', fault: null, rows };
}

function jsonRow(entry: unknown, row: number, { bankId, profile, own }: DryPlace): DryRow {
  const rawHash = createHash('sha256').update('').digest('hex');
  const read = readPushed(entry, { bankId, rawHash }, own);
  const raw = rawFields.safeParse(entry);
  if (!read.ok || !raw.success)
    return { row, reason: 'form', found: read.ok ? '' : read.reason, fields: [], flowKey: null };
  return {
    row,
    reason: '',
    found: '',
    fields: fieldsOf(writtenIn(raw.data, profile), read),
    flowKey: read.flowKey,
  };
}

const side = z.object({ account: z.string(), name: z.string().default('') });
/** An entry as the bank wrote it, before any of its words is understood. */
const rawFields = z.object({
  ...{ serialNo: z.string(), direction: z.string(), bookingDate: z.string(), payer: side, payee: side },
  ...{
    txTime: z.string().default(''),
    amountFen: z.string().default(''),
    amountYuan: z.string().default(''),
  },
  reversal: z.union([z.boolean(), z.string(), z.null()]).default(false),
  originalSerialNo: z.string().nullable().default(null),
});

function writtenIn(
  { payer, payee, amountYuan, ...rest }: z.infer<typeof rawFields>,
  profile: BankProfile,
): RawFields {
  const isDebit = directionOf(profile, rest.direction) === 'DBIT';
  const [own, other] = isDebit ? [payer, payee] : [payee, payer];
  return {
    ...rest,
    amountFen: rest.amountFen || amountYuan,
    ...{ own: own.account, otherAccount: other.account, otherName: other.name },
  };
}

// eslint-disable-next-line @typescript-eslint/require-await -- the readers take a stream
async function* once(text: string): AsyncGenerator<string> {
  yield text;
}
