/** Reads CSV as a stream of rows. */
import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { limits, StatementUnreadable } from './part.ts';
import type { TableRow } from './table.reader.ts';

/** Separators that are told apart by the first line that has one. */
const separators = [',', '\t', ';', '|'];

/** @throws StatementUnreadable for text that is no CSV */
export async function* readCsv(text: AsyncIterable<string>): AsyncGenerator<TableRow> {
  const { head, whole } = await peek(text);
  const parser = parse({
    bom: true,
    delimiter: separatorOf(head),
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: false,
    max_record_size: 64 * 1024,
  });
  const source = Readable.from(whole);
  source.on('error', (error) => parser.destroy(error));
  source.pipe(parser);
  let row = 0;
  try {
    for await (const record of parser as AsyncIterable<string[]>) {
      row += 1;
      yield { row, cells: record.map((cell) => ({ text: cell.trim().slice(0, limits.cellCharacters) })) };
    }
  } catch (cause) {
    if (cause instanceof CsvError) throw new StatementUnreadable('csv', cause.code);
    throw cause;
  } finally {
    source.destroy();
    parser.destroy();
  }
}

/** The first 4,000 characters, and the whole text with them. */
async function peek(text: AsyncIterable<string>): Promise<{ head: string; whole: AsyncIterable<string> }> {
  const iterator = text[Symbol.asyncIterator]();
  const first: string[] = [];
  let length = 0;
  while (length < 4_000) {
    const next = await iterator.next();
    if (next.done === true) break;
    first.push(next.value);
    length += next.value.length;
  }
  const whole = async function* (): AsyncGenerator<string> {
    yield* first;
    for (;;) {
      const next = await iterator.next();
      if (next.done === true) return;
      yield next.value;
    }
  };
  return { head: first.join(''), whole: whole() };
}

/** The separator that most of the first lines have most often. */
function separatorOf(head: string): string {
  const counts = separators.map((one) => head.split(one).length - 1);
  return separators[counts.indexOf(Math.max(...counts))] ?? ',';
}
