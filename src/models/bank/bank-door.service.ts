/** The door of the push interface: which bank signed a message, remembered for half a second so that a message costs no read. */
import { isLive } from './bank-key.rules.ts';
import { BankClockModel, BankModel, type BankDocument, type BankKey } from './bank.schema.ts';
import type { Sealer } from './bank.service.ts';
import { welcome, type Caller } from './caller.rules.ts';
import { algorithmTable } from './key-material.rules.ts';
import { verifyMessage, type SignedHeaders, type VerificationKey, type Verified } from './signature.rules.ts';

/** A bank whose signature on a message was verified. */
export interface AuthenticatedBank extends Verified {
  readonly bankId: string;
  readonly feedUserId: string;
  readonly certificateEndsAt: Date | null;
  /** Messages a second for long; null = the installation's setting. */
  readonly ratePerSecond: number | null;
}

/** A message before anybody knows whose it is. */
export interface Knock {
  readonly bankId: string;
  readonly headers: SignedHeaders;
  /** Raw bytes. */
  readonly body: Uint8Array;
  readonly caller: Caller;
}

/** How long a bank is remembered, ms: the longest that a revoked key can live on in a process that no message reached. */
const rememberedMs = 500;
/** What was last heard of a bank is written at most this often by one process, ms, so that it costs no push a durable write. */
const heardEveryMs = 1_000;
/** How often a bank's clock is sampled, ms, and how many samples are kept: one day. */
const sampleEveryMs = 300_000;
const keptSamples = 288;

/** Tells which bank knocks, and writes down when it was heard. */
export class BankDoor {
  readonly #deps: { readonly sealer: Sealer; readonly now: () => Date };
  readonly #banks = new Map<
    string,
    { readonly readAtMs: number; readonly bank: Promise<BankDocument | null> }
  >();
  /** Keys made ready, by key id: an SM2 key takes milliseconds to prepare. */
  readonly #keys = new Map<string, VerificationKey>();
  readonly #writtenAt = new Map<string, number>();

  constructor(deps: { readonly sealer: Sealer; readonly now: () => Date }) {
    this.#deps = deps;
  }

  /** Forgets what is remembered of a bank, because it changed. */
  forget(bankId: string): void {
    this.#banks.delete(bankId);
  }

  /**
   * Asks, before a byte of the body is read, whether the caller may knock for this bank at all.
   * @returns false for an unknown bank, another address and another certificate alike
   */
  async mayKnock(bankId: string, caller: Caller): Promise<boolean> {
    const bank = await this.#bank(bankId);
    return bank !== null && welcome(bank.access, caller, this.#deps.now()) !== null;
  }

  /**
   * Says which bank signed the message.
   * @returns null for every failure alike: unknown bank, another address or certificate, wrong form, stale, bad signature
   */
  async authenticate({ bankId, headers, body, caller }: Knock): Promise<AuthenticatedBank | null> {
    const bank = await this.#bank(bankId);
    const now = this.#deps.now();
    const keys = (bank?.keys ?? []).filter((key) => isLive(key, now)).map((key) => this.#ready(key));
    const verified = verifyMessage(headers, body, keys, now.getTime());
    const welcomed = bank === null ? null : welcome(bank.access, caller, now);
    if (bank === null || verified === null || welcomed === null) return null;
    const { feedUserId, access } = bank;
    return { ...verified, ...welcomed, bankId, feedUserId, ratePerSecond: access?.ratePerSecond ?? null };
  }

  /** Writes down that a message or heartbeat of the bank arrived, at most once a second of each, and its clock every five minutes. */
  async heard(bank: AuthenticatedBank, what: 'push' | 'heartbeat'): Promise<void> {
    const now = this.#deps.now();
    if (this.#isDue(`${bank.bankId}~${what}`, now, heardEveryMs)) await this.#write(bank, what, now);
    if (this.#isDue(`${bank.bankId}~clock`, now, sampleEveryMs))
      await BankClockModel.updateOne(
        { _id: bank.bankId },
        { $push: { samples: { $each: [{ at: now, skewMs: bank.skewMs }], $slice: -keptSamples } } },
        { upsert: true },
      );
  }

  #isDue(what: string, now: Date, everyMs: number): boolean {
    if (now.getTime() - (this.#writtenAt.get(what) ?? 0) < everyMs) return false;
    this.#writtenAt.set(what, now.getTime());
    return true;
  }

  async #write(bank: AuthenticatedBank, what: 'push' | 'heartbeat', now: Date): Promise<void> {
    const { bankId, keyId, skewMs, certificateEndsAt } = bank;
    const set = {
      lastHeartbeatAt: now,
      lastSkewMs: skewMs,
      certificateEndsAt,
      'keys.$[one].lastUsedAt': now,
      ...(what === 'push' ? { lastPushAt: now } : {}),
    };
    await BankModel.updateOne({ _id: bankId }, { $set: set }, { arrayFilters: [{ 'one.keyId': keyId }] });
  }

  async #bank(bankId: string): Promise<BankDocument | null> {
    if (!/^[A-Za-z0-9_.-]{1,64}$/.test(bankId)) return null;
    const nowMs = this.#deps.now().getTime();
    const known = this.#banks.get(bankId);
    if (known !== undefined && Math.abs(nowMs - known.readAtMs) < rememberedMs) return known.bank;
    const bank = BankModel.findById(bankId, { changes: 0 }).lean<BankDocument>().exec();
    this.#banks.set(bankId, { readAtMs: nowMs, bank });
    // Neither a failed read nor a bank that is not there is remembered: the names would fill the memory.
    const found = await bank.catch((error: unknown) => {
      this.#banks.delete(bankId);
      throw error;
    });
    if (found === null) this.#banks.delete(bankId);
    return found;
  }

  #ready(key: BankKey): VerificationKey {
    const known = this.#keys.get(key.keyId);
    if (known !== undefined) return known;
    const { keyId, algorithm } = key;
    const material = algorithm === 'hmac-sha256' ? this.#deps.sealer.open(key.material) : key.material;
    const ready = { keyId, algorithm, verify: algorithmTable[algorithm].open(material) };
    this.#keys.set(keyId, ready);
    return ready;
  }
}
