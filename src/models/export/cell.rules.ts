/** Cells of exported tables: what a spreadsheet would take for a formula is made plain text. */

/**
 * A text cell that no spreadsheet program computes: an apostrophe is put before `=`, `+`, `-`, `@`, tab and line breaks at its
 * beginning, full-width forms included (OWASP "CSV injection"). Plain decimal numbers stay as they are.
 */
export function harmless(text: string): string {
  const isNumber = /^-?\d{1,15}(\.\d+)?$/.test(text);
  return !isNumber && /^[\s\u0000]*[=+\-@＝＋－＠|%]|^[\t\r\n]/.test(text) ? `'${text}` : text;
}

/** A line of CSV (RFC 4180), every cell harmless. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map((cell) => quoted(harmless(cell))).join(',')}\r\n`;
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
