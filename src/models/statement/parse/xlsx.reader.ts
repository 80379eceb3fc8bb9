/** Reads the first sheet of a workbook as a stream of rows; packed sizes are bounded and spoilt numbers are marked. */
import type { Readable } from 'node:stream';
import { open as openZip, type Entry, type ZipFile } from 'yauzl';
import { decoded } from './decode.ts';
import { limits, StatementUnreadable } from './part.ts';
import { all, at, readXml, textAt, type Element } from './xml-tree.ts';
import { cellOf, type SheetFacts } from './xlsx-cell.ts';
import type { TableRow } from './table.reader.ts';

/** Parts of one workbook. */
const maxParts = 500;

/** @throws StatementUnreadable for a file that is no workbook, or is packed beyond the limits */
export async function* readXlsx(file: string): AsyncGenerator<TableRow> {
  const zip = await opened(file);
  try {
    const parts = await listed(zip);
    const sheet = await firstSheet(zip, parts);
    const facts: SheetFacts = {
      shared: await sharedTexts(zip, parts),
      dateStyles: await dateStyles(zip, parts),
      isFrom1904: sheet.isFrom1904,
    };
    let last = 0;
    for await (const { element } of subtrees(zip, parts.get(sheet.path), [
      /^worksheet$/,
      /^worksheet\/sheetData$/,
    ])) {
      if (element.name !== 'row') continue;
      last = Number(element.attributes.r ?? last + 1);
      yield { row: last, cells: cellsOf(element, facts) };
    }
  } finally {
    zip.close();
  }
}

async function opened(file: string): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    const options = { lazyEntries: true, autoClose: false, validateEntrySizes: true, strictFileNames: true };
    openZip(file, options, (error, zip) =>
      error === null ? resolve(zip) : reject(new StatementUnreadable('zip', error.message)),
    );
  });
}

/** Every part by name; sizes are checked before a byte is unpacked. */
async function listed(zip: ZipFile): Promise<Map<string, Entry>> {
  const parts = new Map<string, Entry>();
  return new Promise((resolve, reject) => {
    const fail = (reason: string, found: string): void => reject(new StatementUnreadable(reason, found));
    zip.on('error', (error: Error) => fail('zip', error.message));
    zip.on('end', () => resolve(parts));
    zip.on('entry', (entry: Entry) => {
      const { uncompressedSize: size, compressedSize: packed, fileName } = entry;
      const isBomb =
        size > limits.unpackedBytes || (size > 1024 * 1024 && size > packed * limits.unpackedRatio);
      if (isBomb || parts.size >= maxParts) fail('bomb', fileName);
      else {
        parts.set(fileName, entry);
        zip.readEntry();
      }
    });
    zip.readEntry();
  });
}

async function* subtrees(
  zip: ZipFile,
  part: Entry | undefined,
  containers: readonly RegExp[],
): AsyncGenerator<{ path: string; element: Element }> {
  if (part === undefined) throw new StatementUnreadable('notWorkbook');
  const stream = await new Promise<Readable>((resolve, reject) =>
    zip.openReadStream(part, (error, found) =>
      error === null ? resolve(found) : reject(new StatementUnreadable('zip', error.message)),
    ),
  );
  try {
    for await (const event of readXml(decoded(stream as AsyncIterable<Uint8Array>, 'utf-8'), { containers }))
      if (event.kind === 'element') yield event;
  } catch (cause) {
    if (cause instanceof StatementUnreadable) throw cause;
    throw new StatementUnreadable('zip', cause instanceof Error ? cause.message : '');
  } finally {
    stream.destroy();
  }
}

async function firstSheet(
  zip: ZipFile,
  parts: ReadonlyMap<string, Entry>,
): Promise<{ path: string; isFrom1904: boolean }> {
  const [relation, isFrom1904] = await visibleSheet(zip, parts);
  for await (const { element } of subtrees(zip, parts.get('xl/_rels/workbook.xml.rels'), [
    /^Relationships$/,
  ])) {
    const { Id, Target = '' } = element.attributes;
    if (Id !== relation) continue;
    return { path: Target.startsWith('/') ? Target.slice(1) : `xl/${Target}`, isFrom1904 };
  }
  throw new StatementUnreadable('notWorkbook');
}

/** Relation of the first sheet that is not hidden, and how days are counted. */
async function visibleSheet(zip: ZipFile, parts: ReadonlyMap<string, Entry>): Promise<[string, boolean]> {
  let relation: string | undefined;
  let isFrom1904 = false;
  for await (const { element } of subtrees(zip, parts.get('xl/workbook.xml'), [/^workbook$/])) {
    const { date1904 = '' } = element.attributes;
    if (element.name === 'workbookPr') isFrom1904 = ['1', 'true'].includes(date1904);
    relation ??= all(element, 'sheet').find(isVisible)?.attributes.id;
  }
  return [relation ?? '-', isFrom1904];
}

function isVisible(sheet: Element): boolean {
  return (sheet.attributes.state ?? 'visible') === 'visible';
}

async function sharedTexts(zip: ZipFile, parts: ReadonlyMap<string, Entry>): Promise<string[]> {
  const part = parts.get('xl/sharedStrings.xml');
  const texts: string[] = [];
  if (part === undefined) return texts;
  for await (const { element } of subtrees(zip, part, [/^sst$/]))
    texts.push(
      textAt(element, 't') ||
        all(element, 'r')
          .map((run) => at(run, 't')?.text ?? '')
          .join(''),
    );
  return texts;
}

/** Positions of the cell formats that show a date. */
async function dateStyles(zip: ZipFile, parts: ReadonlyMap<string, Entry>): Promise<Set<number>> {
  const part = parts.get('xl/styles.xml');
  const dates = new Set<number>();
  if (part === undefined) return dates;
  const own = new Map<string, string>();
  for await (const { element } of subtrees(zip, part, [/^styleSheet$/])) {
    for (const one of all(element, 'numFmt'))
      own.set(one.attributes.numFmtId ?? '', one.attributes.formatCode ?? '');
    if (element.name !== 'cellXfs') continue;
    all(element, 'xf').forEach((one, place) => {
      const id = one.attributes.numFmtId ?? '0';
      const isBuiltIn = /^(1[4-9]|2[0-2]|2[7-9]|3[0-6]|5[0-8])$/.test(id);
      if (isBuiltIn || /[yd年日]/i.test((own.get(id) ?? '').replace(/"[^"]*"|\[[^\]]*\]/g, '')))
        dates.add(place);
    });
  }
  return dates;
}

/** Cells in the order of their columns; empty ones are not in the file. */
function cellsOf(row: Element, facts: SheetFacts): TableRow['cells'] {
  const cells: TableRow['cells'][number][] = [];
  for (const cell of all(row, 'c')) {
    const place = columnOf(cell.attributes.r ?? '') ?? cells.length;
    if (place >= limits.columns) throw new StatementUnreadable('tooManyColumns');
    while (cells.length < place) cells.push({ text: '' });
    cells[place] = cellOf(cell, facts);
  }
  return cells;
}

/** Column of a reference such as `AB12`, from 0. */
function columnOf(reference: string): number | null {
  const letters = /^([A-Z]{1,3})\d*$/.exec(reference)?.[1];
  if (letters === undefined) return null;
  return (
    Array.from(letters, (letter) => letter.charCodeAt(0) - 64).reduce((sum, one) => sum * 26 + one, 0) - 1
  );
}
