/** The durable list of revoked certificates: one serial number to the line, appended and synced. */
import { open, readFile } from 'node:fs/promises';

const SERIAL = /^[0-9A-F]+$/;

/** The serial numbers in the file; none when there is no file. */
export async function readRevocations(path: string): Promise<string[]> {
  try {
    const text = await readFile(path, 'utf8');
    return text.split('\n').filter((line) => SERIAL.test(line));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** Serial numbers are compared in upper-case hex without separators. @throws RangeError for anything else */
export function normaliseSerial(serial: string): string {
  const plain = serial.replaceAll(':', '').toUpperCase();
  if (!SERIAL.test(plain)) throw new RangeError('a serial number is written in hexadecimal digits');
  return plain;
}

/** Adds a serial number, durably. */
export async function appendRevocation(path: string, serial: string): Promise<void> {
  const file = await open(path, 'a', 0o600);
  try {
    await file.write(`${serial}\n`);
    await file.datasync();
  } finally {
    await file.close();
  }
}
