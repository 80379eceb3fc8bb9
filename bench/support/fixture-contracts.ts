/** Contracts that only benchmarks deploy: one fills the state before the measurement, one does next to nothing. */
import { Contract, type Context } from 'fabric-contract-api';

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

/** One read, one write, one event: what the network itself costs. */
class TrivialContract extends Contract {
  constructor() {
    super('trivial');
  }

  /** @param key written with 100 bytes */
  async run(ctx: Context, key: string): Promise<string> {
    await ctx.stub.getState(key);
    await ctx.stub.putState(key, Buffer.alloc(100, 'x'));
    ctx.stub.setEvent('trivial', Buffer.from(key));
    return key;
  }
}

export const fixtureContracts = [FixtureContract, TrivialContract];
