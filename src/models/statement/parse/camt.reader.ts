/** Reads camt.053 and camt.054 of any version: sections, balances, totals and entries in the order in which they stand. */
import type { StatementPart } from './part.ts';
import { StatementUnreadable } from './part.ts';
import { signedFen } from './money.rules.ts';
import { rowsOf } from './camt-entry.ts';
import { textAt, readXml, type Element } from './xml-tree.ts';

const containers = [
  /^Document$/,
  /^Document\/(BkToCstmrStmt|BkToCstmrDbtCdtNtfctn)$/,
  /^Document\/(BkToCstmrStmt\/Stmt|BkToCstmrDbtCdtNtfctn\/Ntfctn)$/,
];
const namespace = /^urn:iso:std:iso:20022:tech:xsd:(camt\.05[34])\.001\.(\d{2})$/;
const openingCodes = ['OPBD', 'PRCD'];

/** Which message a file holds. */
export interface CamtHead {
  readonly format: 'camt.053' | 'camt.054';
  /** Version, two digits. */
  readonly version: string;
}

/**
 * @param told called once, when the document's namespace is known
 * @throws StatementUnreadable for another message, bad XML, or a document type
 */
export async function* readCamt(
  text: AsyncIterable<string>,
  told: (head: CamtHead) => void,
): AsyncGenerator<StatementPart> {
  const state: State = { complete: false, account: '', number: '', rows: 0 };
  for await (const { kind, path, element } of readXml(text, { containers })) {
    if (path === 'Document') {
      const head = headOf(element);
      state.complete = head.format === 'camt.053';
      told(head);
    } else if (kind === 'open') Object.assign(state, { account: '', number: '' });
    else if (path.startsWith('Document/')) yield* partsOf(element, state);
    else throw new StatementUnreadable('notCamt', element.name);
  }
}

interface State {
  complete: boolean;
  account: string;
  number: string;
  rows: number;
}

function headOf(element: Element): CamtHead {
  const [, format, version = '00'] = namespace.exec(element.uri) ?? [];
  if ((format !== 'camt.053' && format !== 'camt.054') || Number(version) < 2)
    throw new StatementUnreadable('notCamt', element.uri);
  return { format, version };
}

function* partsOf(element: Element, state: State): Generator<StatementPart> {
  if (element.name === 'Id') state.number = element.text.trim();
  else if (element.name === 'Acct') {
    state.account = textAt(element, 'Id/Othr/Id', 'Id/IBAN');
    if (state.account === '') throw new StatementUnreadable('noAccount');
    yield {
      kind: 'section',
      account: state.account,
      name: textAt(element, 'Nm', 'Ownr/Nm'),
      currency: textAt(element, 'Ccy') || 'CNY',
      number: state.number,
      complete: state.complete,
    };
  } else if (element.name === 'Bal') yield* balanceOf(element);
  else if (element.name === 'TxsSummry') yield* totalsOf(element);
  else if (element.name === 'Ntry') {
    if (state.account === '') throw new StatementUnreadable('noAccount');
    for (const row of rowsOf(element, state.account)) {
      state.rows += 1;
      yield { ...row, row: state.rows };
    }
  }
}

function* balanceOf(element: Element): Generator<StatementPart> {
  const code = textAt(element, 'Tp/CdOrPrtry/Cd');
  const which = openingCodes.includes(code) ? 'opening' : code === 'CLBD' ? 'closing' : null;
  if (which === null) return;
  const fen = signed(textAt(element, 'Amt'), textAt(element, 'CdtDbtInd'));
  yield { kind: 'balance', which, fen, date: textAt(element, 'Dt/Dt', 'Dt/DtTm').slice(0, 10) || null };
}

function signed(amount: string, indicator: string): bigint {
  const fen = /^\d/.test(amount) ? signedFen(amount) : undefined;
  if (fen === undefined || !['CRDT', 'DBIT'].includes(indicator))
    throw new StatementUnreadable('balance', `${amount} ${indicator}`);
  return indicator === 'CRDT' ? fen : -fen;
}

function* totalsOf(element: Element): Generator<StatementPart> {
  const groups = [
    ['TtlNtries', 'ALL'],
    ['TtlDbtNtries', 'DBIT'],
    ['TtlCdtNtries', 'CRDT'],
  ] as const;
  for (const [name, side] of groups) {
    const group = element.children.find((one) => one.name === name);
    if (group === undefined) continue;
    const [count, sum] = [textAt(group, 'NbOfNtries'), textAt(group, 'Sum')];
    yield {
      kind: 'totals',
      side,
      count: /^\d{1,15}$/.test(count) ? Number(count) : null,
      fen: sum === '' ? null : signed(sum, 'CRDT'),
    };
  }
}
