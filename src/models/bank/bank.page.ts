/** What a bank's page shows: its keys with where they stand, its access, its clock over the last day, and its record. */
import { isDue, keyStateOf, type KeyState } from './bank-key.rules.ts';
import {
  BankClockModel,
  BankModel,
  type BankAccess,
  type BankChange,
  type BankDocument,
} from './bank.schema.ts';
import { clockTrend, type ClockSample, type ClockTrend } from './clock.rules.ts';
import type { KeyAlgorithm } from './key-material.rules.ts';

/** A key as it is shown: never its material, unless that is public. */
export interface ShownKey {
  readonly keyId: string;
  readonly algorithm: KeyAlgorithm;
  readonly state: KeyState;
  /** True when it should be replaced. */
  readonly isDue: boolean;
  readonly publicKey: string | null;
  readonly createdAt: Date;
  readonly issuedBy: string;
  readonly activatedAt: Date | null;
  readonly activatedBy: string | null;
  readonly endsAt: Date | null;
  readonly revokedAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly overlapHours: number | null;
}

/** Everything on a bank's page. */
export interface BankPage {
  readonly bank: Omit<BankDocument, 'keys' | 'changes'>;
  /** Newest first. */
  readonly keys: readonly ShownKey[];
  readonly access: BankAccess;
  readonly trend: ClockTrend | null;
  /** Newest first, at most 24. */
  readonly samples: readonly ClockSample[];
  /** Newest first, at most 50. */
  readonly changes: readonly BankChange[];
}

const noAccess: BankAccess = { addresses: [], certificate: null, ratePerSecond: null };

/** Reads a bank's page. @returns null when the bank is not admitted */
export async function bankPage(bankId: string, now: Date): Promise<BankPage | null> {
  const found = await BankModel.findById(bankId).lean<BankDocument>();
  if (found === null) return null;
  const { keys, changes = [], ...bank } = found;
  const clock = await BankClockModel.findById(bankId).lean();
  const samples = (clock?.samples ?? []).map(({ at, skewMs }) => ({ at, skewMs }));
  return {
    bank,
    keys: keys.map((key) => shown(key, now)).toReversed(),
    access: { ...noAccess, ...bank.access },
    trend: clockTrend(samples),
    samples: samples.slice(-24).toReversed(),
    changes: changes.slice(-50).toReversed(),
  };
}

/** A key without its secret. */
export function shown(key: BankDocument['keys'][number], now: Date): ShownKey {
  const { keyId, algorithm, createdAt, issuedBy, overlapHours, revokedAt } = key;
  return {
    keyId,
    algorithm,
    state: keyStateOf(key, now),
    isDue: isDue(key, now),
    publicKey: algorithm === 'hmac-sha256' ? null : key.material,
    createdAt,
    issuedBy,
    activatedAt: key.activatedAt ?? null,
    activatedBy: key.activatedBy ?? null,
    endsAt: key.endsAt ?? null,
    revokedAt,
    lastUsedAt: key.lastUsedAt ?? null,
    overlapHours,
  };
}
