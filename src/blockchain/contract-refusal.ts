/** The words in which a contract refuses, read into the refusal that the port throws; alike on every ledger. */
import { LedgerRefusal } from './ledger.port.ts';

/** @param message what the contract threw: the JSON text {code, message, details}, or any other words */
export function contractRefusal(message: string): LedgerRefusal {
  const parsed = parseRefusal(message);
  return parsed
    ? new LedgerRefusal(parsed.code, parsed.message, parsed.details)
    : new LedgerRefusal('CONTRACT_ERROR', message);
}

function parseRefusal(
  message: string,
): { code: string; message: string; details: Record<string, unknown> } | null {
  try {
    const value: unknown = JSON.parse(message);
    if (typeof value !== 'object' || value === null || !('code' in value) || typeof value.code !== 'string')
      return null;
    const text = 'message' in value && typeof value.message === 'string' ? value.message : value.code;
    const details = 'details' in value && typeof value.details === 'object' ? value.details : null;
    return { code: value.code, message: text, details: { ...details } };
  } catch {
    return null;
  }
}
