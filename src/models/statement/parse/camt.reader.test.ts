/** camt.053 and camt.054 of every version are read alike; document types, foreign entities and hidden parts are not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { camt, type SampleStatement } from '../../../../test/support/statement-files.ts';
import { readCamt } from './camt.reader.ts';
import { StatementUnreadable, type RowPart, type StatementPart } from './part.ts';

const sample: SampleStatement = {
  account: '5201000000000001',
  opening: '1000.00',
  closing: '900.50',
  date: '2026-11-20',
  entries: [
    { serialNo: 'T1', direction: 'DBIT', yuan: '100.00', other: '5202000000000002', otherName: '收款单位' },
    { serialNo: 'T2', direction: 'CRDT', yuan: '0.50', other: '', memo: '利息' },
  ],
};

async function read(text: string, size = 700): Promise<StatementPart[]> {
  // eslint-disable-next-line @typescript-eslint/require-await -- a stream for the reader
  const chunks = async function* (): AsyncGenerator<string> {
    for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
  };
  const parts: StatementPart[] = [];
  for await (const part of readCamt(chunks(), () => undefined)) parts.push(part);
  return parts;
}
const rows = (parts: readonly StatementPart[]): RowPart[] => parts.filter((one) => one.kind === 'row');

for (const version of [2, 3, 4, 5, 6, 7, 8, 10, 13]) {
  test(`camt.053.001.${String(version).padStart(2, '0')}`, async () => {
    const parts = await read(camt('053', version, sample), 37);
    assert.deepEqual(parts[0], {
      kind: 'section',
      account: '5201000000000001',
      name: '',
      currency: 'CNY',
      number: 'S-2026-11-20',
      complete: true,
    });
    assert.deepEqual(
      parts.filter((one) => one.kind === 'balance').map((one) => [one.which, one.fen]),
      [
        ['opening', 100000n],
        ['closing', 90050n],
      ],
    );
    const [first, second] = rows(parts);
    assert.deepEqual(first?.entry.other, { account: '5202000000000002', name: '收款单位', bankNo: '' });
    assert.equal(first.entry.amountFen, '10000');
    assert.equal(first.entry.status, 'BOOK');
    assert.equal(second?.entry.other.account, '');
    assert.equal(second.row, 2);
  });
}

test('camt.054 has entries and no balances, and is no statement of a whole day', async () => {
  const parts = await read(camt('054', 8, sample));
  assert.equal(parts[0]?.kind === 'section' && parts[0].complete, false);
  assert.equal(parts.filter((one) => one.kind === 'balance').length, 0);
  assert.equal(rows(parts).length, 2);
});

test('a reversal keeps the direction it has and names the other party', async () => {
  const raw = camt('053', 8, {
    ...sample,
    entries: [
      { serialNo: 'T9', direction: 'CRDT', yuan: '100.00', other: '5202000000000002', reversal: true },
    ],
  });
  // The parties of the payment that is undone: we are still its debtor.
  const swapped = raw
    .replace('<DbtrAcct>', '<XAcct>')
    .replace('</DbtrAcct>', '</XAcct>')
    .replace('<CdtrAcct>', '<DbtrAcct>')
    .replace('</CdtrAcct>', '</DbtrAcct>')
    .replace('<XAcct>', '<CdtrAcct>')
    .replace('</XAcct>', '</CdtrAcct>');
  for (const text of [raw, swapped]) {
    const [row] = rows(await read(text));
    assert.equal(row?.entry.reversal, true);
    assert.equal(row.entry.direction, 'CRDT');
    assert.equal(row.entry.other.account, '5202000000000002');
  }
});

const part = (yuan: string): string =>
  `<TxDtls><Amt Ccy="CNY">${yuan}</Amt><RltdPties><CdtrAcct><Id><Othr><Id>5202000000000002</Id></Othr></Id></CdtrAcct></RltdPties></TxDtls>`;
const batch = (inner: string): string =>
  `<Ntry><Amt Ccy="CNY">30.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-11-20</Dt></BookgDt><AcctSvcrRef>B1</AcctSvcrRef><NtryDtls>${inner}</NtryDtls></Ntry>`;

test('a batch becomes its line and its parts, keyed by their place', async () => {
  const parts = await read(camt('053', 4, { ...sample, rawEntries: batch(part('10.00') + part('20.00')) }));
  assert.deepEqual(
    rows(parts).map(({ entry }) => [entry.serialNo, entry.subIndex, entry.amountFen, entry.batch === true]),
    [
      ['B1', 0, '3000', true],
      ['B1', 1, '1000', false],
      ['B1', 2, '2000', false],
    ],
  );
  const undone = batch(part('10.00') + part('20.00')).replace('<Sts>', '<RvslInd>true</RvslInd><Sts>');
  const back = rows(await read(camt('053', 4, { ...sample, rawEntries: undone })));
  assert.deepEqual(
    back.map(({ entry }) => entry.subIndex),
    [1, 2],
    'what undoes payments has no line',
  );
});

const faults: [string, string, string][] = [
  ['parts that do not add up', batch(part('10.00') + part('10.00')), 'partSum'],
  ['a batch that hides its parts', batch(`<Btch><NbOfTxs>3</NbOfTxs></Btch>${part('30.00')}`), 'hiddenBatch'],
  ['three decimals', batch('').replace('30.00', '30.001'), 'amount'],
  ['an exponent', batch('').replace('30.00', '3e1'), 'amount'],
  ['a state that is not known', batch('').replace('BOOK', 'XXXX'), 'status'],
  ['no serial', batch('').replace(/<AcctSvcrRef>.*<\/AcctSvcrRef>/, ''), 'serial'],
];
for (const [what, raw, reason] of faults) {
  test(`one row is refused for ${what}`, async () => {
    const parts = await read(camt('053', 4, { ...sample, rawEntries: raw }));
    const found = parts.filter((one) => one.kind === 'fault').map((one) => one.reason);
    assert.deepEqual(found, [reason]);
    assert.equal(rows(parts).length, 0);
  });
}

const laughs = `<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>`;
const attacks: [string, string, string][] = [
  ['a billion laughs', camt('053', 8, { ...sample, prolog: laughs }), 'doctype'],
  [
    'an external entity',
    camt('053', 8, { ...sample, prolog: '<!DOCTYPE x SYSTEM "file:///etc/passwd">' }),
    'doctype',
  ],
  [
    'a document type without end',
    `<?xml version="1.0"?><!DOCTYPE x [${'<!ENTITY a "b">'.repeat(9)}`,
    'doctype',
  ],
  ['an entity that nobody declared', camt('053', 8, sample).replace('利息', '&xxe;'), 'xml'],
  ['a cut-off file', camt('053', 8, sample).slice(0, -40), 'xml'],
  [
    'elements nested too deep',
    `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">${'<a>'.repeat(60)}`,
    'depth',
  ],
  ['another message', camt('053', 8, sample).replace('camt.053', 'pain.001'), 'notCamt'],
  ['the first version', camt('053', 1, sample), 'notCamt'],
  ['no XML', 'hello', 'xml'],
  ['nothing', '', 'xml'],
];
for (const [what, text, reason] of attacks) {
  for (const size of [16, 100_000])
    test(`refused whole: ${what}, in pieces of ${size}`, async () => {
      await assert.rejects(read(text, size), (error) => {
        assert.ok(error instanceof StatementUnreadable, String(error));
        assert.equal(error.reason, reason);
        return true;
      });
    });
}
