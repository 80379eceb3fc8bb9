/** A small contract that shows every behaviour of a ledger the conformance suite asks about. */
import { Contract, type Context } from 'fabric-contract-api';

/** Reads, writes, ranges, events, attributes and refusals by name. */
export class ToyContract extends Contract {
  constructor() {
    super('toy');
  }

  async put(ctx: Context, key: string, value: string): Promise<string> {
    await ctx.stub.putState(key, Buffer.from(value));
    return value;
  }

  async get(ctx: Context, key: string): Promise<string> {
    return Buffer.from(await ctx.stub.getState(key)).toString();
  }

  async remove(ctx: Context, key: string): Promise<void> {
    await ctx.stub.deleteState(key);
  }

  /** Puts a value and reads it back within the same transaction. */
  async putAndGet(ctx: Context, key: string, value: string): Promise<string> {
    await ctx.stub.putState(key, Buffer.from(value));
    return Buffer.from(await ctx.stub.getState(key)).toString();
  }

  /** Adds one to a number: two at a time conflict. */
  async increment(ctx: Context, key: string): Promise<string> {
    const count = Number(Buffer.from(await ctx.stub.getState(key)).toString() || '0') + 1;
    await ctx.stub.putState(key, Buffer.from(String(count)));
    return String(count);
  }

  async putComposite(ctx: Context, type: string, attributes: string, value: string): Promise<string> {
    const key = ctx.stub.createCompositeKey(type, JSON.parse(attributes) as string[]);
    await ctx.stub.putState(key, Buffer.from(value));
    return key;
  }

  /** Attributes of the keys under a partial composite key, in the ledger's order. */
  async listComposite(ctx: Context, type: string, attributes: string): Promise<string> {
    const found: string[][] = [];
    for await (const row of ctx.stub.getStateByPartialCompositeKey(
      type,
      JSON.parse(attributes) as string[],
    )) {
      found.push(ctx.stub.splitCompositeKey(row.key).attributes);
    }
    return JSON.stringify(found);
  }

  async range(ctx: Context, start: string, end: string): Promise<string> {
    const found: string[] = [];
    for await (const row of ctx.stub.getStateByRange(start, end)) found.push(row.key);
    return JSON.stringify(found);
  }

  /** Counts a range and writes the count: a key that comes in between is a phantom. */
  async countRange(ctx: Context, start: string, end: string, target: string): Promise<string> {
    let count = 0;
    for await (const row of ctx.stub.getStateByRange(start, end)) count += row.key.length > 0 ? 1 : 0;
    await ctx.stub.putState(target, Buffer.from(String(count)));
    return String(count);
  }

  async page(ctx: Context, start: string, end: string, bookmark: string): Promise<string> {
    const { iterator, metadata } = await ctx.stub.getStateByRangeWithPagination(start, end, 2, bookmark);
    const keys: string[] = [];
    for (let row = await iterator.next(); !row.done; row = await iterator.next()) keys.push(row.value.key);
    return JSON.stringify({ keys, bookmark: metadata.bookmark });
  }

  async history(ctx: Context, key: string): Promise<string> {
    const values: (string | null)[] = [];
    for await (const row of ctx.stub.getHistoryForKey(key)) {
      values.push(row.isDelete ? null : Buffer.from(row.value).toString());
    }
    return JSON.stringify(values);
  }

  /** Sets two events: one transaction carries one, the last. */
  async events(ctx: Context, key: string): Promise<void> {
    await ctx.stub.putState(key, Buffer.from('1'));
    ctx.stub.setEvent('first', Buffer.from(JSON.stringify({ key })));
    ctx.stub.setEvent('last', Buffer.from(JSON.stringify({ key })));
  }

  async refuse(ctx: Context, key: string): Promise<void> {
    await ctx.stub.putState(key, Buffer.from('refused'));
    throw new Error(JSON.stringify({ code: 'TOY_REFUSED', message: 'not like this', details: { key } }));
  }

  /** Writes only for a creator whose certificate carries the role. */
  async putAs(ctx: Context, role: string, key: string): Promise<string> {
    if (!ctx.clientIdentity.assertAttributeValue('role', role)) {
      throw new Error(
        JSON.stringify({ code: 'FORBIDDEN', message: `role ${role} is needed`, details: { role } }),
      );
    }
    await ctx.stub.putState(key, Buffer.from(role));
    return ctx.clientIdentity.getMSPID();
  }

  whoAmI(ctx: Context): Promise<string> {
    const { clientIdentity, stub } = ctx;
    return Promise.resolve(
      JSON.stringify({
        mspId: clientIdentity.getMSPID(),
        id: clientIdentity.getID(),
        role: clientIdentity.getAttributeValue('role'),
        division: clientIdentity.getAttributeValue('division'),
        channel: stub.getChannelID(),
        transactionId: stub.getTxID(),
      }),
    );
  }
}
