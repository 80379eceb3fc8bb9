/** Statements as banks send them, made from plain entries: camt of any version, CSV, and workbooks. */
import { once } from 'node:events';
import { ZipFile } from 'yazl';

/** An entry of a statement in yuan. */
export interface SampleEntry {
  readonly serialNo: string;
  readonly direction: 'DBIT' | 'CRDT';
  readonly yuan: string;
  readonly other: string;
  readonly otherName?: string;
  readonly bookingDate?: string;
  readonly reversal?: boolean;
  readonly status?: string;
  readonly memo?: string;
}

/** A statement of one account. */
export interface SampleStatement {
  readonly account: string;
  readonly opening: string;
  readonly closing: string;
  readonly date: string;
  readonly entries: readonly SampleEntry[];
  /** XML put in the place of the entries' own. */
  readonly rawEntries?: string;
  /** Put before the document element. */
  readonly prolog?: string;
  readonly totals?: string;
}

/** camt.053 or camt.054 in the shape of a version: states and parties moved with version 8. */
export function camt(kind: '053' | '054', version: number, sample: SampleStatement): string {
  const number = String(version).padStart(2, '0');
  const [root, section] = kind === '053' ? ['BkToCstmrStmt', 'Stmt'] : ['BkToCstmrDbtCdtNtfctn', 'Ntfctn'];
  const balances =
    kind === '053'
      ? balance('OPBD', sample.opening, sample.date) + balance('CLBD', sample.closing, sample.date)
      : '';
  const entries = sample.rawEntries ?? sample.entries.map((one) => camtEntry(one, version, sample)).join('');
  return `<?xml version="1.0" encoding="UTF-8"?>${sample.prolog ?? ''}
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.${kind}.001.${number}"><${root}>
<GrpHdr><MsgId>M1</MsgId><CreDtTm>${sample.date}T20:00:00+08:00</CreDtTm></GrpHdr>
<${section}><Id>S-${sample.date}</Id><CreDtTm>${sample.date}T20:00:00+08:00</CreDtTm>
<Acct><Id><Othr><Id>${sample.account}</Id></Othr></Id><Ccy>CNY</Ccy></Acct>
${balances}${sample.totals ?? ''}${entries}</${section}></${root}></Document>`;
}

function balance(code: string, yuan: string, date: string): string {
  const indicator = yuan.startsWith('-') ? 'DBIT' : 'CRDT';
  return `<Bal><Tp><CdOrPrtry><Cd>${code}</Cd></CdOrPrtry></Tp><Amt Ccy="CNY">${yuan.replace('-', '')}</Amt><CdtDbtInd>${indicator}</CdtDbtInd><Dt><Dt>${date}</Dt></Dt></Bal>`;
}

function camtEntry(entry: SampleEntry, version: number, sample: SampleStatement): string {
  const status = entry.status ?? 'BOOK';
  const party = (name: string): string => (version >= 8 ? `<Pty><Nm>${name}</Nm></Pty>` : `<Nm>${name}</Nm>`);
  const own = { account: sample.account, name: '' };
  const other = { account: entry.other, name: entry.otherName ?? '' };
  const [debtor, creditor] = entry.direction === 'DBIT' ? [own, other] : [other, own];
  const side = (tag: string, one: { account: string; name: string }): string =>
    (one.name === '' ? '' : `<${tag}>${party(one.name)}</${tag}>`) +
    (one.account === '' ? '' : `<${tag}Acct><Id><Othr><Id>${one.account}</Id></Othr></Id></${tag}Acct>`);
  return `<Ntry><Amt Ccy="CNY">${entry.yuan}</Amt><CdtDbtInd>${entry.direction}</CdtDbtInd>
${entry.reversal === true ? '<RvslInd>true</RvslInd>' : ''}<Sts>${version >= 8 ? `<Cd>${status}</Cd>` : status}</Sts>
<BookgDt><Dt>${entry.bookingDate ?? sample.date}</Dt></BookgDt><AcctSvcrRef>${entry.serialNo}</AcctSvcrRef>
<NtryDtls><TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><RltdPties>${side('Dbtr', debtor)}${side('Cdtr', creditor)}</RltdPties>
<RmtInf><Ustrd>${entry.memo ?? ''}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>`;
}

/** A day with one debit entry of several parts; the entry is `more` fen larger than they are together. */
export interface SampleBatch {
  readonly account: string;
  readonly serialNo: string;
  readonly bookingDate: string;
  readonly parts: readonly { readonly other: string; readonly fen: bigint }[];
  readonly more: bigint;
}

/** camt.053 whose only entry is a batch; its balances agree with the entry. */
export function camtBatch({ account, serialNo, bookingDate: date, parts, more }: SampleBatch): string {
  const yuan = (fen: bigint): string => `${fen / 100n}.${String(fen % 100n).padStart(2, '0')}`;
  const total = yuan(parts.reduce((sum, one) => sum + one.fen, more));
  const details = parts.map(
    ({ other, fen }) =>
      `<TxDtls><Amt Ccy="CNY">${yuan(fen)}</Amt><RltdPties><CdtrAcct><Id><Othr><Id>${other}</Id></Othr></Id></CdtrAcct></RltdPties></TxDtls>`,
  );
  const rawEntries = `<Ntry><Amt Ccy="CNY">${total}</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>${date}</Dt></BookgDt><AcctSvcrRef>${serialNo}</AcctSvcrRef>
<NtryDtls><Btch><NbOfTxs>${parts.length}</NbOfTxs></Btch>${details.join('')}</NtryDtls></Ntry>`;
  return camt('053', 8, { account, date, opening: total, closing: '0.00', entries: [], rawEntries });
}

/** CSV with lines above and under the table, as counters print it. */
export function csv(sample: SampleStatement): string {
  const heads = '交易日期,交易时间,交易流水号,借方发生额,贷方发生额,对方账号,对方户名,摘要';
  const lines = sample.entries.map((one) =>
    [
      (one.bookingDate ?? sample.date).replaceAll('-', ''),
      '101530',
      one.serialNo,
      one.direction === 'DBIT' ? one.yuan : '',
      one.direction === 'CRDT' ? one.yuan : '',
      `="${one.other}"`,
      one.otherName ?? '',
      one.memo ?? '',
    ].join(','),
  );
  const foot = sample.totals ?? '';
  return [
    `账号：${sample.account},,期初余额：${sample.opening}`,
    heads,
    ...lines,
    `期末余额,${sample.closing}`,
    ...(foot === '' ? [] : [foot]),
  ].join('\r\n');
}

/** A cell: text, or a number as a spreadsheet would write it, or XML of its own. */
export type SampleCell = string | { readonly number: string } | { readonly xml: string };

/** A workbook with one sheet. */
export async function workbook(
  rows: readonly (readonly SampleCell[])[],
  parts: Readonly<Record<string, string>> = {},
): Promise<Buffer> {
  const escaped = (text: string): string =>
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
  const cell = (one: SampleCell, place: string): string => {
    if (typeof one === 'string') return `<c r="${place}" t="inlineStr"><is><t>${escaped(one)}</t></is></c>`;
    return 'xml' in one
      ? one.xml.replace('<c', `<c r="${place}"`)
      : `<c r="${place}"><v>${one.number}</v></c>`;
  };
  const sheet = rows
    .map(
      (row, at) =>
        `<row r="${at + 1}">${row.map((one, column) => cell(one, `${String.fromCharCode(65 + column)}${at + 1}`)).join('')}</row>`,
    )
    .join('');
  const main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
  const files: Record<string, string> = {
    'xl/workbook.xml': `<workbook ${main} xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels':
      '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="t" Target="worksheets/sheet1.xml"/></Relationships>',
    'xl/worksheets/sheet1.xml': `<worksheet ${main}><sheetData>${sheet}</sheetData></worksheet>`,
    ...parts,
  };
  const zip = new ZipFile();
  for (const [name, text] of Object.entries(files)) zip.addBuffer(Buffer.from(text), name);
  zip.end();
  const chunks: Buffer[] = [];
  zip.outputStream.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(zip.outputStream, 'end');
  return Buffer.concat(chunks);
}
