/** Opens a stored statement by what its bytes are, not by its name, and yields its parts. */
import type { BankProfile } from '../../bank-profile/bank-profile.rules.ts';
import { readCamt } from './camt.reader.ts';
import { readCsv } from './csv.reader.ts';
import { decoded, encodingOf, headBytes } from './decode.ts';
import { StatementUnreadable, type StatementPart } from './part.ts';
import { readTable } from './table.reader.ts';
import { readXlsx } from './xlsx.reader.ts';

/** A file to read. */
export interface StatementSourceFile {
  readonly path: string;
  head(bytes: number): Promise<Uint8Array>;
  bytes(): AsyncIterable<Uint8Array>;
}

/** What a file is, as it is shown: message and version, or kind and encoding. */
export type FormatTold = (format: string) => void;

/**
 * @param told called when the format is known
 * @throws StatementUnreadable when the file as a whole cannot be read
 */
export async function* readStatement(
  file: StatementSourceFile,
  profile: BankProfile,
  told: FormatTold,
): AsyncGenerator<StatementPart> {
  const head = await file.head(headBytes);
  const start = Buffer.from(head.subarray(0, 8)).toString('hex');
  if (start.startsWith('504b0304')) {
    told('XLSX');
    yield* readTable(readXlsx(file.path), profile);
    return;
  }
  if (start.startsWith('d0cf11e0')) throw new StatementUnreadable('xls');
  const encoding = encodingOf(head);
  const text = decoded(file.bytes(), encoding);
  if (/^\s*</.test(new TextDecoder(encoding).decode(head.subarray(0, 200)))) {
    yield* readCamt(text, ({ format, version }) => told(`${format}.001.${version}`));
    return;
  }
  told(`CSV ${encoding.toUpperCase()}`);
  yield* readTable(readCsv(text), profile);
}
