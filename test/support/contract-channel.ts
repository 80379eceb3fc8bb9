/** All contracts on an embedded ledger with real certificates, behind the two calls that contract fixtures use. */
import { contracts } from '../../chaincode/src/index.ts';
import type { Receipt, TestChannel, TestIdentity } from '../../chaincode/test/memory-ledger.ts';
import { mspOfRole } from '#kernel/records/common.ts';
import type { LedgerCall, LedgerIdentity } from '../../src/blockchain/ledger.port.ts';
import { openTestLedger, type TestLedger } from './test-ledger.ts';

/** The ledger itself, and the channel over it. */
export interface ContractChannel extends TestChannel {
  readonly opened: TestLedger;
  identity(who: TestIdentity): Promise<LedgerIdentity>;
}

/** Opens a ledger with every contract; close `opened` at the end. */
export async function openContractChannel(): Promise<ContractChannel> {
  const opened = await openTestLedger({ contracts });
  const issued = new Map<string, Promise<LedgerIdentity>>();
  const identity = (who: TestIdentity): Promise<LedgerIdentity> => {
    const key = JSON.stringify(who);
    const known = issued.get(key) ?? opened.identity(certificateOf(who));
    issued.set(key, known);
    return known;
  };
  let count = 0;
  return {
    opened,
    identity,
    async submit<R>(
      contractFn: string,
      args: Record<string, unknown>,
      who: TestIdentity,
    ): Promise<Receipt<R>> {
      count += 1;
      const call = callOf(contractFn, { requestId: `request-${count}`, ...args });
      const { result } = await opened.ledger.submit(call, await identity(who));
      return { result: JSON.parse(result) as R, events: [], writes: new Map() };
    },
    async query<R>(contractFn: string, args: Record<string, unknown>, who: TestIdentity): Promise<R> {
      return JSON.parse(await opened.ledger.evaluate(callOf(contractFn, args), await identity(who))) as R;
    },
  };
}

function callOf(contractFn: string, args: Record<string, unknown>): LedgerCall {
  const [contract = '', fn = ''] = contractFn.split(':');
  return { contract, fn, args: [JSON.stringify(args)] };
}

function certificateOf(who: TestIdentity): Parameters<TestLedger['identity']>[0] {
  const attributes = { role: who.role, org: who.orgId, division: who.division, posts: who.posts.join(',') };
  return { mspId: mspOfRole[who.role], cn: who.userId, attributes };
}
