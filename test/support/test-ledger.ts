/** An embedded ledger in a temporary folder, with identities of its own certificate authorities, for tests. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ContractClass } from '../../src/blockchain/embedded/dispatcher.ts';
import { openEmbeddedLedger, type InProcessLedger } from '../../src/blockchain/embedded/embedded-ledger.ts';
import {
  createAuthority,
  issueUserCertificate,
  MSP_IDS,
  type CertificateAuthority,
  type MspId,
} from '../../src/blockchain/identity/certificate-authority.ts';
import { newLedgerIdentity } from '../../src/blockchain/identity/ledger-identity.ts';
import type { IdentityRequest, IssuedIdentity } from './ledger-under-test.ts';

/** The channel of test ledgers. */
export const TEST_CHANNEL = 'test';

/** The certificate authorities of a test. */
export class TestAuthorities {
  readonly #authorities: ReadonlyMap<MspId, CertificateAuthority>;

  constructor(authorities: readonly CertificateAuthority[]) {
    this.#authorities = new Map(authorities.map((authority) => [authority.mspId, authority]));
  }

  static async create(): Promise<TestAuthorities> {
    return new TestAuthorities(await Promise.all(MSP_IDS.map((mspId) => createAuthority(mspId, new Date()))));
  }

  get roots(): Record<string, string[]> {
    return Object.fromEntries(
      [...this.#authorities].map(([mspId, { certificate }]) => [mspId, [certificate]]),
    );
  }

  /** The authority of an organisation group. @throws Error when this test has none */
  of(mspId: MspId): CertificateAuthority {
    const authority = this.#authorities.get(mspId);
    if (!authority) throw new Error(`no authority for ${mspId}`);
    return authority;
  }

  async identity(request: IdentityRequest): Promise<IssuedIdentity> {
    const { cn: commonName, ...rest } = request;
    const issued = await issueUserCertificate(this.of(request.mspId), { ...rest, commonName });
    return { ...newLedgerIdentity(issued), serial: issued.serial };
  }
}

/** A ledger for one test. */
export interface TestLedger {
  readonly ledger: InProcessLedger;
  readonly folder: string;
  readonly authorities: TestAuthorities;
  identity(request: IdentityRequest): Promise<IssuedIdentity>;
  /** Closes the ledger and removes its folder. */
  close(): Promise<void>;
}

/** Opens a ledger with these contracts in a new temporary folder. */
export async function openTestLedger(options: {
  readonly contracts: readonly ContractClass[];
  readonly clock?: () => Date;
}): Promise<TestLedger> {
  const folder = await mkdtemp(join(tmpdir(), 'ledger-'));
  const authorities = await TestAuthorities.create();
  const ledger = await openEmbeddedLedger({
    ...options,
    folder: join(folder, TEST_CHANNEL),
    channel: TEST_CHANNEL,
    mspRoots: authorities.roots,
  });
  return {
    ledger,
    folder,
    authorities,
    identity: (request) => authorities.identity(request),
    close: async () => {
      await ledger.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
