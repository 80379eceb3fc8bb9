/** The contracts a benchmark's ledger runs: all real ones, and one that only fills the state before the measurement. */
import { Contract, type Context } from 'fabric-contract-api';
import { contracts as realContracts } from '../../chaincode/src/index.ts';

/** Puts prepared records as they are. */
class FixtureContract extends Contract {
  constructor() {
    super('fixture');
  }

  /** @param json list of [key, value] */
  async put(ctx: Context, json: string): Promise<void> {
    for (const [key, value] of JSON.parse(json) as [string, string][]) {
      await ctx.stub.putState(key, Buffer.from(value));
    }
  }

  /** @param json number of the first key, number of keys */
  async fill(ctx: Context, json: string): Promise<void> {
    const [first, count] = JSON.parse(json) as [number, number];
    for (let index = first; index < first + count; index++) {
      const parts = ['bank-z', `A${index % 997}`, String(index)];
      const value = Buffer.from(JSON.stringify({ index, text: String(index).padStart(300, '0') }));
      await ctx.stub.putState(ctx.stub.createCompositeKey('FILL', parts), value);
    }
  }
}

export const contracts = [...realContracts, FixtureContract];
