/** From one camt entry to rows: its parts where it is a batch, in the words of the push interface. */
import { normalAccount } from '#kernel/normal-form.ts';
import { all, at, textAt, type Element } from './xml-tree.ts';
import { plainFen } from './money.rules.ts';
import type { FaultPart, RowPart, StatementEntry } from './part.ts';

/** A row without its number. */
type Row = Omit<RowPart, 'row'> | Omit<FaultPart, 'row'>;

/** Entry states of all versions; FUTR (from version 8 on) is not booked either. */
const states: Readonly<Record<string, 'BOOK' | 'PDNG'>> = { BOOK: 'BOOK', PDNG: 'PDNG', FUTR: 'PDNG' };

const directions: Readonly<Record<string, 'DBIT' | 'CRDT'>> = { DBIT: 'DBIT', CRDT: 'CRDT' };

/** The rows of an entry of `account`: one, or one per part of a batch; one fault when it cannot be read. */
export function rowsOf(entry: Element, account: string): Row[] {
  const details = all(entry, 'NtryDtls').flatMap((one) => all(one, 'TxDtls'));
  const common = commonOf(entry, details[0]);
  if (typeof common === 'string') return [fault(common, textAt(entry, 'AcctSvcrRef', 'NtryRef'))];
  if (details.length > 1) return partsOf(entry, details, common, account);
  if (hiddenParts(entry) > 1) return [fault('hiddenBatch', common.serialNo)];
  return [row({ ...common, ...detailOf(entry, details[0], account) })];
}

type Common = Omit<StatementEntry, 'other' | 'purpose' | 'reference' | 'originalSerialNo'>;

/** What an entry says for all its parts, or why it cannot be read. */
function commonOf(entry: Element, detail: Element | undefined): Common | string {
  const dateTime = textAt(entry, 'BookgDt/DtTm');
  const read = {
    direction: directions[textAt(entry, 'CdtDbtInd')],
    status: states[textAt(entry, 'Sts/Cd', 'Sts')],
    amount: plainFen(textAt(entry, 'Amt')),
    serial: serialOf(entry, detail),
    date: textAt(entry, 'BookgDt/Dt') || beijingDate(dateTime),
  };
  const { direction, status, amount, serial, date } = read;
  const missing = Object.entries(read).find(([, value]) => (value ?? '') === '')?.[0];
  if (direction === undefined || status === undefined || amount === null || missing !== undefined)
    return missing ?? 'amount';
  return {
    serialNo: serial,
    subIndex: 0,
    bookingDate: date,
    txTime: dateTime.slice(0, 40),
    direction,
    status,
    amountFen: amount,
    currency: at(entry, 'Amt')?.attributes.Ccy ?? '',
    reversal: ['true', '1'].includes(textAt(entry, 'RvslInd')),
  };
}

function serialOf(entry: Element, detail: Element | undefined): string {
  return textAt(entry, 'AcctSvcrRef') || textAt(detail, 'Refs/AcctSvcrRef') || textAt(entry, 'NtryRef');
}

/** The line of a batch, which the ledger waits for, and its parts, keyed by their place; together they must be what was booked. */
function partsOf(entry: Element, details: readonly Element[], common: Common, account: string): Row[] {
  const amounts = details.map((one) => plainFen(textAt(one, 'Amt', 'AmtDtls/TxAmt/Amt')));
  if (amounts.some((one) => one === null)) return [fault('partAmount', common.serialNo)];
  const other = details.find((one) => !['', common.direction].includes(textAt(one, 'CdtDbtInd')));
  if (other !== undefined) return [fault('partDirection', common.serialNo)];
  const sum = amounts.reduce((total, one) => total + BigInt(one ?? '0'), 0n);
  if (sum !== BigInt(common.amountFen)) return [fault('partSum', common.serialNo)];
  if (details.length > 9999) return [fault('tooManyParts', common.serialNo)];
  const parts = details.map((detail, index) => ({
    ...common,
    ...detailOf(entry, detail, account),
    subIndex: index + 1,
    amountFen: amounts[index] ?? '0',
  }));
  return [...lineOf(common, parts), ...parts.map(row)];
}

/** Banks name no other side on a line: it has that of its first part. What undoes payments is undone part by part, without a line. */
function lineOf(common: Common, parts: readonly StatementEntry[]): Row[] {
  const first = parts.find((one) => normalAccount(one.other.account) !== '');
  if (first === undefined || common.reversal) return [];
  const { other, purpose } = first;
  return [row({ ...common, other, purpose, reference: '', originalSerialNo: null, batch: true })];
}

function hiddenParts(entry: Element): number {
  const counts = all(entry, 'NtryDtls').map((one) => Number(textAt(one, 'Btch/NbOfTxs') || '0'));
  return Math.max(0, ...counts);
}

type Detail = Pick<StatementEntry, 'other' | 'purpose' | 'reference' | 'originalSerialNo'>;

function detailOf(entry: Element, detail: Element | undefined, account: string): Detail {
  const remittance = all(at(detail, 'RmtInf'), 'Ustrd').map((one) => one.text.trim());
  const reference = textAt(detail, 'Refs/EndToEndId');
  return {
    other: otherOf(entry, detail, account),
    purpose: (remittance.join(' ') || textAt(detail, 'AddtlTxInf') || textAt(entry, 'AddtlNtryInf')).slice(
      0,
      200,
    ),
    reference: reference === 'NOTPROVIDED' ? '' : reference.slice(0, 100),
    originalSerialNo: originalOf(detail),
  };
}

/** Banks name the parties of a reversal as in the payment that it undoes, so the side that is not ours is the other. */
function otherOf(entry: Element, detail: Element | undefined, account: string): StatementEntry['other'] {
  const sides = (['Dbtr', 'Cdtr'] as const).map((side) => ({
    account: textAt(detail, `RltdPties/${side}Acct/Id/Othr/Id`, `RltdPties/${side}Acct/Id/IBAN`),
    name: textAt(detail, `RltdPties/${side}/Nm`, `RltdPties/${side}/Pty/Nm`).slice(0, 100),
    bankNo: textAt(detail, `RltdAgts/${side}Agt/FinInstnId/ClrSysMmbId/MmbId`).slice(0, 20),
  }));
  const isCredit = textAt(entry, 'CdtDbtInd') === 'CRDT';
  const byDirection = isCredit ? sides[0] : sides[1];
  const opposite = isCredit ? sides[1] : sides[0];
  const isOwn = byDirection !== undefined && normalAccount(byDirection.account) === normalAccount(account);
  return (isOwn ? opposite : byDirection) ?? { account: '', name: '', bankNo: '' };
}

/** A return names the payment it undoes as a proprietary reference of type ORIG…. */
function originalOf(detail: Element | undefined): string | null {
  const found = all(at(detail, 'Refs'), 'Prtry').find((one) => /^ORI/i.test(textAt(one, 'Tp')));
  return textAt(found, 'Ref') || null;
}

function row(entry: StatementEntry): Row {
  return { kind: 'row', account: '', entry, balanceFen: null };
}

function fault(reason: string, found: string): Row {
  return { kind: 'fault', reason, found: found.slice(0, 64) };
}

/** The calendar date in Beijing of an instant with offset; of a local time its own date. */
function beijingDate(text: string): string {
  if (!/^\d{4}-\d{2}-\d{2}T/.test(text)) return '';
  if (!/(Z|[+-]\d{2}:\d{2})$/.test(text)) return text.slice(0, 10);
  const time = Date.parse(text);
  return Number.isNaN(time) ? '' : new Date(time + 8 * 3_600_000).toISOString().slice(0, 10);
}
