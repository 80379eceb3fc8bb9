/** What fabric-chaincode-node loads: the contract classes of the package. */
import { MemberContract } from './member/member.contract.ts';

export const contracts = [MemberContract];
