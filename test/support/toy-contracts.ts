/** The module a ledger process loads for tests. */
import { ToyContract } from './toy-contract.ts';

export const contracts = [ToyContract];
