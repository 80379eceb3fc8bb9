/** What fabric-chaincode-node loads: the contract classes of the package. */
import { EvidenceContract } from './evidence/evidence.contract.ts';
import { FundContract } from './fund/fund.contract.ts';
import { MemberContract } from './member/member.contract.ts';
import { ProjectContract } from './project/project.contract.ts';

export const contracts = [MemberContract, FundContract, ProjectContract, EvidenceContract];
