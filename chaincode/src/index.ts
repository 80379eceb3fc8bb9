/** What fabric-chaincode-node loads: the contract classes of the package. */
import { MemberContract } from './member/member.contract.ts';
import { ReconciliationContract } from './reconciliation/reconciliation.contract.ts';

export const contracts = [MemberContract, ReconciliationContract];
