/** The Ledger port over the real gateway client and the gateway stand-in: the conformance suite, unchanged. */
import { CHAINCODE } from '../support/gateway-stand-in/chain.ts';
import { StandIn } from '../support/gateway-stand-in/stand-in.ts';
import { submitTwice } from '../support/gateway-stand-in/submit-twice.ts';
import { ledgerConformance } from '../support/ledger-conformance.ts';
import type { LedgerUnderTest } from '../support/ledger-under-test.ts';
import { TestAuthorities } from '../support/test-ledger.ts';
import { ToyContract } from '../support/toy-contract.ts';

ledgerConformance('Fabric adapter and gateway stand-in', openStandIn);

async function openStandIn(): Promise<LedgerUnderTest> {
  const standIn = await StandIn.start([ToyContract]);
  const strangers = await TestAuthorities.create();
  let ledger = await standIn.connect();
  return {
    ledger,
    identity: (request) => standIn.authorities.identity(request),
    stranger: (request) => strangers.identity(request),
    submitTwice: (call, identity) => submitTwice({ ledger, chaincode: CHAINCODE }, call, identity),
    revoke: (serial) => ledger.revoke(serial, 'CountyMSP'),
    restart: async () => {
      await ledger.close();
      await standIn.restart();
      return (ledger = await standIn.connect());
    },
    close: async () => {
      await ledger.close();
      await standIn.close();
    },
  };
}
