/** Normal forms in which accounts, names and serial numbers are compared. */

/** An account number: full-width digits made plain, spaces and hyphens dropped. Not checked; see `isAccount`. */
export function normalAccount(text: string): string {
  return text.normalize('NFKC').replace(/[\s-]/g, '');
}

/** Whether text in normal form may be a corporate account number: 5 to 32 digits. */
export function isAccount(text: string): boolean {
  return /^\d{5,32}$/.test(text);
}

/** A holder's name: NFKC (full-width to half-width, so also （） to ()), no white space. */
export function normalName(text: string): string {
  return text.normalize('NFKC').replace(/\s/g, '');
}

/** A bank's serial number: NFKC, no white space, upper case. */
export function normalSerial(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/\s/g, '')
    .replace(/[a-z]/g, (letter) => letter.toUpperCase());
}

/** Whether text in normal form may be a serial number. */
export function isSerial(text: string): boolean {
  return /^[0-9A-Z_./-]{1,64}$/.test(text);
}
