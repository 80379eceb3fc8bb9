/** What fabric-chaincode-node loads: the contract classes of the package. */
import { AlertContract } from './alert/alert.contract.ts';
import { DraftContract } from './draft/draft.contract.ts';
import { EvidenceContract } from './evidence/evidence.contract.ts';
import { FundContract } from './fund/fund.contract.ts';
import { MemberContract } from './member/member.contract.ts';
import { MigrationContract } from './migration/migration.contract.ts';
import { ProjectContract } from './project/project.contract.ts';
import { ReconciliationContract } from './reconciliation/reconciliation.contract.ts';

export const contracts = [
  FundContract,
  ProjectContract,
  DraftContract,
  ReconciliationContract,
  AlertContract,
  EvidenceContract,
  MemberContract,
  MigrationContract,
];
