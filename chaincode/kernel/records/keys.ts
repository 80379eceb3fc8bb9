/** World-state key layout: composite keys, object type first. The projector maps each type to one read model. */
import type { Flow } from './reconciliation.ts';

export const objectTypes = [
  'ORG',
  'USER',
  'ACCOUNT',
  'FUND',
  'CALL',
  'CALENDAR',
  'PROJECT',
  'DRAFT',
  'FLOW',
  'FLOWSTATE',
  'FLOWIDX',
  'REG',
  'CLAIM',
  'CLAIMIDX',
  'ALLOC',
  'ALERT',
  'EVIDENCE',
  'REQ',
] as const;
/** The first part of every key of the ledger. */
export type ObjectType = (typeof objectTypes)[number];

/** Parts of each key after the object type. */
export const keyParts = {
  ORG: (id: string) => [id],
  USER: (id: string) => [id],
  ACCOUNT: (bankId: string, account: string) => [bankId, account],
  FUND: (id: string) => [id],
  CALL: (fundId: string, id: string) => [fundId, id],
  CALENDAR: (year: number) => [String(year)],
  PROJECT: (id: string) => [id],
  DRAFT: (id: string) => [id],
  /** Create-only content of a flow; FLOWSTATE with the same parts is what became of it. */
  FLOW: (f: Pick<Flow, 'bankId' | 'account' | 'direction' | 'bookingDate' | 'serialNo' | 'subIndex'>) => [
    f.bankId,
    f.account,
    f.direction,
    f.bookingDate,
    f.serialNo,
    String(f.subIndex),
  ],
  /** Finds flows of a bank by serial whatever account or date they were booked on. */
  FLOWIDX: (f: Pick<Flow, 'bankId' | 'account' | 'direction' | 'bookingDate' | 'serialNo' | 'subIndex'>) => [
    f.bankId,
    f.serialNo,
    f.bookingDate,
    f.account,
    f.direction,
    String(f.subIndex),
  ],
  REG: (draftId: string, legId: string, serialNo: string, bookingDate: string) => [
    draftId,
    legId,
    serialNo,
    bookingDate,
  ],
  CLAIM: (bankId: string, account: string, bookingDate: string, serialNo: string) => [
    bankId,
    account,
    'DBIT',
    bookingDate,
    serialNo,
  ],
  CLAIMIDX: (bankId: string, serialNo: string, bookingDate: string, account: string) => [
    bankId,
    serialNo,
    bookingDate,
    account,
  ],
  ALLOC: (draftId: string, flowKey: string) => [draftId, flowKey],
  ALERT: (id: string) => [id],
  EVIDENCE: (sha256: string, ownerKind: string, ownerId: string) => [sha256, ownerKind, ownerId],
  REQ: (requestId: string) => [requestId],
} as const;

/** A flow's key as one string: its parts joined by `~`, which none of them can hold. */
export function flowKeyOf(
  f: Pick<Flow, 'bankId' | 'account' | 'direction' | 'bookingDate' | 'serialNo' | 'subIndex'>,
): string {
  return keyParts.FLOW(f).join('~');
}

/** Composite key as Fabric encodes it: U+0000, type, U+0000, then each part followed by U+0000. */
export function compositeKey(type: ObjectType, parts: readonly string[]): string {
  return `\u0000${type}\u0000${parts.map((part) => `${part}\u0000`).join('')}`;
}

/** Splits a composite key; null for a key of another form. */
export function splitCompositeKey(key: string): { type: string; parts: string[] } | null {
  if (!key.startsWith('\u0000')) return null;
  const [, type, ...parts] = key.split('\u0000');
  return type === undefined ? null : { type, parts: parts.slice(0, -1) };
}
