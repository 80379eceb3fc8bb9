/** Sends one signed proposal twice through the adapter, for the conformance suite. */
import type { FabricLedger } from '../../../src/blockchain/fabric/fabric-ledger.ts';
import { withLowS } from '../../../src/blockchain/fabric/signature.ts';
import type { Committed, LedgerCall, LedgerIdentity } from '../../../src/blockchain/ledger.port.ts';

/** The second is sent after the first is answered. @param chaincode name under which the contracts are deployed */
export async function submitTwice(
  { ledger, chaincode }: { readonly ledger: FabricLedger; readonly chaincode: string },
  { contract, fn, args }: LedgerCall,
  identity: LedgerIdentity,
): Promise<readonly PromiseSettledResult<Committed>[]> {
  const gateway = ledger.gatewayOf(identity);
  const unsigned = gateway
    .getNetwork(ledger.channel)
    .getContract(chaincode, contract)
    .newProposal(fn, { arguments: [...args] });
  const signature = withLowS(await identity.sign(unsigned.getDigest()));
  const proposal = gateway.newSignedProposal(unsigned.getBytes(), signature).getBytes();
  const [first] = await Promise.allSettled([ledger.submitProposal(proposal, identity)]);
  const [second] = await Promise.allSettled([ledger.submitProposal(proposal, identity)]);
  return [first, second];
}
