/** The Ledger port on a real network: the conformance suite, unchanged. */
import { submitTwice } from '../../test/support/gateway-stand-in/submit-twice.ts';
import { ledgerConformance } from '../../test/support/ledger-conformance.ts';
import type { LedgerUnderTest } from '../../test/support/ledger-under-test.ts';
import { TestAuthorities } from '../../test/support/test-ledger.ts';
import { chaincodeName } from '../plan.ts';
import { openAdapter } from './adapter.ts';
import { openTestNetwork } from './test-network.ts';
import { toyPackage } from './toy-package.ts';

ledgerConformance('Fabric network', openOnNetwork);

async function openOnNetwork(): Promise<LedgerUnderTest> {
  const network = await openTestNetwork({}, toyPackage());
  const strangers = await TestAuthorities.create();
  let { ledger, authorities } = await openAdapter(network);
  return {
    ledger,
    identity: (request) => authorities.identity(request),
    stranger: (request) => strangers.identity(request),
    submitTwice: (call, identity) => submitTwice({ ledger, chaincode: chaincodeName }, call, identity),
    revoke: (serial) => ledger.revoke(serial, 'CountyMSP'),
    restart: async () => {
      await ledger.close();
      await network.restart();
      ({ ledger, authorities } = await openAdapter(network));
      return ledger;
    },
    close: async () => {
      await ledger.close();
      await network.close();
    },
  };
}
