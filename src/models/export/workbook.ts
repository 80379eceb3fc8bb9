/** Writes a table as an XLSX workbook while its rows come; long numbers and words are text, amounts are numbers where a spreadsheet keeps them whole. */
import { Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import { harmless } from './cell.rules.ts';

/** A cell: text, or an amount of fen. */
export type WorkbookCell = string | { readonly fen: bigint };

/** A sheet to write. `bold` rows are titles and heads. */
export interface SheetRow {
  readonly cells: readonly WorkbookCell[];
  readonly bold?: boolean;
}

/** Largest amount that a spreadsheet keeps to the fen, 15 digits. */
const largestNumber = 10n ** 15n;
const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';

/** @param widths of the columns, in characters. @returns the bytes of the workbook */
export function workbookOf(
  name: string,
  rows: AsyncIterable<SheetRow> | Iterable<SheetRow>,
  widths: readonly number[],
): Readable {
  const zip = new ZipFile();
  for (const [path, text] of Object.entries(fixedParts(name))) zip.addBuffer(Buffer.from(head + text), path);
  zip.addReadStream(Readable.from(sheetXml(rows, widths)), 'xl/worksheets/sheet1.xml');
  zip.end();
  return zip.outputStream as Readable;
}

async function* sheetXml(
  rows: AsyncIterable<SheetRow> | Iterable<SheetRow>,
  widths: readonly number[],
): AsyncGenerator<Buffer> {
  const columns = widths.map(
    (width, at) => `<col min="${at + 1}" max="${at + 1}" width="${width}" customWidth="1"/>`,
  );
  yield Buffer.from(
    `${head}<worksheet xmlns="${main}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><cols>${columns.join('')}</cols><sheetData>`,
  );
  let number = 0;
  for await (const row of rows) {
    number += 1;
    yield Buffer.from(rowXml(row, number));
  }
  yield Buffer.from(
    '</sheetData><pageSetup paperSize="9" orientation="portrait" fitToWidth="1" fitToHeight="0"/></worksheet>',
  );
}

function rowXml({ cells, bold = false }: SheetRow, number: number): string {
  const xml = cells.map((cell, at) => cellXml(cell, `${columnName(at)}${number}`, bold));
  return `<row r="${number}">${xml.join('')}</row>`;
}

function cellXml(cell: WorkbookCell, place: string, bold: boolean): string {
  if (typeof cell === 'string') {
    const text = escaped(harmless(cell));
    return `<c r="${place}" t="inlineStr" s="${bold ? 2 : 0}"><is><t xml:space="preserve">${text}</t></is></c>`;
  }
  const yuan = yuanText(cell.fen);
  const isWhole = cell.fen < largestNumber && cell.fen > -largestNumber;
  return isWhole
    ? `<c r="${place}" s="${bold ? 3 : 1}"><v>${yuan}</v></c>`
    : `<c r="${place}" t="inlineStr" s="0"><is><t>${yuan}</t></is></c>`;
}

function yuanText(fen: bigint): string {
  const digits = (fen < 0n ? -fen : fen).toString().padStart(3, '0');
  return `${fen < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udfff](?![\udc00-\udfff])/gu, '');
}

function columnName(at: number): string {
  return at < 26 ? String.fromCharCode(65 + at) : columnName(Math.floor(at / 26) - 1) + columnName(at % 26);
}

/** Styles: 0 text, 1 amount, 2 bold text, 3 bold amount. */
function fixedParts(name: string): Record<string, string> {
  const package_ = 'http://schemas.openxmlformats.org/package/2006';
  const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
  const sheet = escaped(name.replace(/[[\]:*?/\\]/g, ' ').slice(0, 31)).replaceAll('"', '&quot;');
  const type = 'application/vnd.openxmlformats-officedocument.spreadsheetml';
  return {
    '[Content_Types].xml': `<Types xmlns="${package_}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${type}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="${type}.styles+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="${type}.worksheet+xml"/></Types>`,
    '_rels/.rels': `<Relationships xmlns="${package_}/relationships"><Relationship Id="rId1" Type="${office}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    'xl/_rels/workbook.xml.rels': `<Relationships xmlns="${package_}/relationships"><Relationship Id="rId1" Type="${office}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="${office}/styles" Target="styles.xml"/></Relationships>`,
    'xl/workbook.xml': `<workbook xmlns="${main}" xmlns:r="${office}"><sheets><sheet name="${sheet}" sheetId="1" r:id="rId1"/></sheets></workbook>`,
    'xl/styles.xml': `<styleSheet xmlns="${main}"><fonts count="2"><font><sz val="11"/></font><font><b/><sz val="11"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="4"><xf numFmtId="49" fontId="0" applyNumberFormat="1"/><xf numFmtId="4" fontId="0" applyNumberFormat="1"/><xf numFmtId="49" fontId="1" applyNumberFormat="1" applyFont="1"/><xf numFmtId="4" fontId="1" applyNumberFormat="1" applyFont="1"/></cellXfs></styleSheet>`,
  };
}
