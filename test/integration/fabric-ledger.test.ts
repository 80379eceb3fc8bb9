/** The Ledger port over the real gateway client and the gateway stand-in: the conformance suite, unchanged. */
import type { FabricLedger } from '../../src/blockchain/fabric/fabric-ledger.ts';
import type { Committed, LedgerCall, LedgerIdentity } from '../../src/blockchain/ledger.port.ts';
import { CHAINCODE } from '../support/gateway-stand-in/chain.ts';
import { StandIn } from '../support/gateway-stand-in/stand-in.ts';
import { ledgerConformance } from '../support/ledger-conformance.ts';
import type { LedgerUnderTest } from '../support/ledger-under-test.ts';
import { TEST_CHANNEL, TestAuthorities } from '../support/test-ledger.ts';
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
    submitTwice: (call, identity) => submitTwice(ledger, call, identity),
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

async function submitTwice(
  ledger: FabricLedger,
  { contract, fn, args }: LedgerCall,
  identity: LedgerIdentity,
): Promise<readonly PromiseSettledResult<Committed>[]> {
  const gateway = ledger.gatewayOf(identity);
  const unsigned = gateway
    .getNetwork(TEST_CHANNEL)
    .getContract(CHAINCODE, contract)
    .newProposal(fn, { arguments: [...args] });
  const signature = await identity.sign(unsigned.getDigest());
  const proposal = gateway.newSignedProposal(unsigned.getBytes(), signature).getBytes();
  const [first] = await Promise.allSettled([ledger.submitProposal(proposal, identity)]);
  const [second] = await Promise.allSettled([ledger.submitProposal(proposal, identity)]);
  return [first, second];
}
