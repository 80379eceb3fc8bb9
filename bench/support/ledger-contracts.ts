/** The contracts a benchmark's ledger runs: all real ones, and those that only benchmarks deploy. */
import { contracts as realContracts } from '../../chaincode/src/index.ts';
import { fixtureContracts } from './fixture-contracts.ts';

export const contracts = [...realContracts, ...fixtureContracts];
