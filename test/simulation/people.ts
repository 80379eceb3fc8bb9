/** The people and machines of a run: certificates of its own authorities, valid on the simulation's clock. */
import { mspOfRole } from '#kernel/records/common.ts';
import type { Receipt, TestChannel, TestIdentity } from '../../chaincode/test/memory-ledger.ts';
import { openFund, operator, populate } from '../../chaincode/test/world.ts';
import type { MspRoots } from '../../src/blockchain/embedded/membership.ts';
import {
  createAuthority,
  issueUserCertificate,
  MSP_IDS,
  type CertificateAuthority,
} from '../../src/blockchain/identity/certificate-authority.ts';
import { UnknownIdentity, type KeyStore } from '../../src/blockchain/identity/key-store.ts';
import { newLedgerIdentity } from '../../src/blockchain/identity/ledger-identity.ts';
import type { Ledger, LedgerIdentity } from '../../src/blockchain/ledger.port.ts';

/** First moment of every run; drafts are issued in March, so that deadlines can be kept and missed. */
export const startMs = Date.parse('2026-11-21T02:00:00Z');

/** Authorities and certificates, made once for all runs of a process. */
export class People implements KeyStore {
  readonly roots: MspRoots;
  readonly #authorities: ReadonlyMap<string, CertificateAuthority>;
  readonly #identities = new Map<string, Promise<LedgerIdentity>>();
  readonly #users = new Map<string, Promise<LedgerIdentity>>();

  private constructor(authorities: readonly CertificateAuthority[]) {
    this.#authorities = new Map(authorities.map((one) => [one.mspId, one]));
    this.roots = Object.fromEntries(authorities.map(({ mspId, certificate }) => [mspId, [certificate]]));
  }

  static async create(): Promise<People> {
    return new People(await Promise.all(MSP_IDS.map((mspId) => createAuthority(mspId, new Date(startMs)))));
  }

  /** A certificate for this identity; the same one on every call. */
  identity(who: TestIdentity): Promise<LedgerIdentity> {
    const key = JSON.stringify(who);
    const identity = this.#identities.get(key) ?? this.#issue(who);
    this.#identities.set(key, identity);
    this.#users.set(who.userId, identity);
    return identity;
  }

  async identityFor(userId: string): Promise<LedgerIdentity> {
    const identity = await this.#users.get(userId);
    if (identity === undefined) throw new UnknownIdentity(userId);
    return identity;
  }

  async #issue({ userId, role, orgId: org, division, posts }: TestIdentity): Promise<LedgerIdentity> {
    const authority = this.#authorities.get(mspOfRole[role]);
    if (authority === undefined) throw new Error(`no authority for ${role}`);
    const attributes = { role, org, division, posts: posts.join(',') };
    const notBefore = new Date(startMs);
    return newLedgerIdentity(
      await issueUserCertificate(authority, { commonName: userId, attributes, notBefore }),
    );
  }
}

/** Fills an empty ledger with members, a fund and prepared records. */
export async function fillLedger(
  ledger: Ledger,
  people: People,
  records: ReadonlyMap<string, string>,
): Promise<void> {
  let requests = 0;
  const call = (contractFn: string, args: string): Parameters<Ledger['submit']>[0] => {
    const [contract = '', fn = ''] = contractFn.split(':');
    return { contract, fn, args: [args] };
  };
  const channel: TestChannel = {
    submit: async <R>(
      contractFn: string,
      args: Record<string, unknown>,
      who: TestIdentity,
    ): Promise<Receipt<R>> => {
      requests += 1;
      const json = JSON.stringify({ requestId: `set-up-${requests}`, ...args });
      const { result } = await ledger.submit(call(contractFn, json), await people.identity(who));
      return { result: JSON.parse(result) as R, events: [], writes: new Map() };
    },
    query: async <R>(contractFn: string, args: Record<string, unknown>, who: TestIdentity): Promise<R> =>
      JSON.parse(
        await ledger.evaluate(call(contractFn, JSON.stringify(args)), await people.identity(who)),
      ) as R,
  };
  await populate(channel);
  await openFund(channel);
  await ledger.submit(
    call('fixture:put', JSON.stringify([...records])),
    await people.identity(operator('platform')),
  );
}
