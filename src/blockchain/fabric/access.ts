/** Why the channel refuses an identity: a peer says "access denied" to all, so the reason is found here. */
import { X509Certificate, verify } from 'node:crypto';
import { Membership, type MspRoots } from '../embedded/membership.ts';
import { LedgerRefusal, type LedgerIdentity } from '../ledger.port.ts';

const PROBE = Buffer.from('is this the key of the certificate?');

/** The channel's access rules as far as the platform can judge them itself. */
export class Access {
  #membership: Membership;
  readonly #now: () => number;

  /** @param roots CA certificates (PEM) by MSP id */
  constructor(roots: MspRoots, now: () => number) {
    this.#membership = new Membership(roots);
    this.#now = now;
  }

  /** Takes the certificate authorities of a new description of the network. */
  replace(roots: MspRoots): void {
    this.#membership = new Membership(roots);
  }

  /**
   * Looks before anything is sent: Fabric itself accepts a certificate whose validity has not begun.
   * @throws LedgerRefusal UNKNOWN_CERTIFICATE or EXPIRED_CERTIFICATE
   */
  admit(identity: LedgerIdentity): void {
    this.#membership.admit(identity, this.#now());
  }

  /** The reason for a refusal of an identity that `admit` let pass. */
  async diagnose(identity: LedgerIdentity): Promise<LedgerRefusal> {
    if (!(await holdsItsKey(identity)))
      return new LedgerRefusal('BAD_SIGNATURE', 'the signature does not match the certificate');
    const { serialNumber } = new X509Certificate(identity.certificate);
    return new LedgerRefusal('REVOKED_CERTIFICATE', 'the channel refuses the certificate', {
      serial: serialNumber,
    });
  }
}

async function holdsItsKey(identity: LedgerIdentity): Promise<boolean> {
  try {
    const signature = await identity.sign(PROBE);
    return verify('sha256', PROBE, new X509Certificate(identity.certificate).publicKey, signature);
  } catch {
    return false;
  }
}
