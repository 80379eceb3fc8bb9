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
  'MATCH',
  'ALERT',
  'EVIDENCE',
  'REQ',
  'MIGRATION',
] as const;
/** The first part of every key of the ledger. */
export type ObjectType = (typeof objectTypes)[number];

/** A bank's serial on a day; of a batch perhaps one part. */
export interface SerialOfDay {
  readonly serialNo: string;
  readonly bookingDate: string;
  readonly subIndex?: number | undefined;
}
/** What names a registration. */
export interface RegistrationKey extends SerialOfDay {
  readonly draftId: string;
  readonly legId: string;
}
/** What names a claim: a serial of an account. */
export interface ClaimKey extends SerialOfDay {
  readonly bankId: string;
  readonly account: string;
}

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
  REG: ({ draftId, legId, serialNo, bookingDate, subIndex }: RegistrationKey) => [
    ...[draftId, legId, serialNo, bookingDate],
    ...partOf(subIndex),
  ],
  CLAIM: ({ bankId, account, bookingDate, serialNo, subIndex }: ClaimKey) => [
    ...[bankId, account, 'DBIT', bookingDate, serialNo],
    ...partOf(subIndex),
  ],
  CLAIMIDX: ({ bankId, account, bookingDate, serialNo, subIndex }: ClaimKey) => [
    ...[bankId, serialNo, bookingDate, account],
    ...partOf(subIndex),
  ],
  ALLOC: (draftId: string, flowKey: string) => [draftId, flowKey],
  MATCH: (id: string) => [id],
  ALERT: (id: string) => [id],
  EVIDENCE: (sha256: string, ownerKind: string, ownerId: string) => [sha256, ownerKind, ownerId],
  REQ: (requestId: string) => [requestId],
  /** There is one at most. */
  MIGRATION: () => ['state'],
} as const;

/** A registration of one part of a batch has a key of its own; without a part the key is as long as it ever was. */
function partOf(subIndex = 0): string[] {
  return subIndex === 0 ? [] : [String(subIndex)];
}

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
