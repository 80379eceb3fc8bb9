/** What the conformance suite needs of a ledger, whichever adapter stands behind the port. */
import type { MspId } from '../../src/blockchain/identity/certificate-authority.ts';
import type { Committed, Ledger, LedgerCall, LedgerIdentity } from '../../src/blockchain/ledger.port.ts';

/** Whom an identity is made for. */
export interface IdentityRequest {
  readonly mspId: MspId;
  readonly cn: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

/** An identity, and its certificate's serial number for revocation. */
export type IssuedIdentity = LedgerIdentity & { readonly serial: string };

/** A ledger with the toy contract deployed and no other users. */
export interface LedgerUnderTest {
  readonly ledger: Ledger;
  identity(request: IdentityRequest): Promise<IssuedIdentity>;
  /** An identity whose certificate no root of the channel has issued. */
  stranger(request: IdentityRequest): Promise<IssuedIdentity>;
  /** Sends one signed proposal twice, the second after the first is answered. */
  submitTwice(
    call: LedgerCall,
    identity: LedgerIdentity,
  ): Promise<readonly PromiseSettledResult<Committed>[]>;
  revoke(serial: string): Promise<void>;
  /** Stops the ledger and starts it again on the same data. @returns the port to use from now on */
  restart(): Promise<Ledger>;
  close(): Promise<void>;
}

/** A call of the toy contract. */
export function toy(fn: string, ...args: string[]): LedgerCall {
  return { contract: 'toy', fn, args };
}

/** An ordinary user. */
export const CLERK: IdentityRequest = {
  mspId: 'CountyMSP',
  cn: 'clerk',
  attributes: { role: 'county', org: 'o1', division: '522634', posts: 'handle,check' },
};

/** The first `count` blocks' worth of a stream, then the stream is left. */
export async function takeBlocks<T>(
  stream: (signal: AbortSignal) => AsyncIterable<T>,
  count: number,
): Promise<T[]> {
  const stop = new AbortController();
  const taken: T[] = [];
  for await (const block of stream(stop.signal)) {
    taken.push(block);
    if (taken.length === count) stop.abort();
  }
  return taken;
}
