/** The `migration` contract: a new channel takes over the state of an earlier ledger before it has any of its own. */
import { Contract } from 'fabric-contract-api';
import { migrationArgs } from '#kernel/records/migration.ts';
import { claimsOf } from '../caller.ts';
import type { ContractContext } from '../context.ts';
import { submitting } from '../transaction.ts';
import { Tx } from '../tx.ts';
import { approve, importChunk, propose, read } from './import.ts';

/** Transaction functions of `migration`. The members come over with the state, so the certificate's word counts here. */
export class MigrationContract extends Contract {
  constructor() {
    super('migration');
  }

  async propose(ctx: ContractContext, json: string): Promise<string> {
    const rule = { schema: migrationArgs.propose, roles: ['sys-admin'], unregistered: true } as const;
    return submitting(ctx, json, rule, propose);
  }

  async approve(ctx: ContractContext, json: string): Promise<string> {
    const rule = { schema: migrationArgs.approve, roles: ['sec-admin'], unregistered: true } as const;
    return submitting(ctx, json, rule, approve);
  }

  async importChunk(ctx: ContractContext, json: string): Promise<string> {
    const rule = { schema: migrationArgs.importChunk, roles: ['sys-admin'], unregistered: true } as const;
    const raw: [string, string][] = [];
    const answer = await submitting(ctx, json, rule, (tx, args) =>
      importChunk(tx, args, (key, value) => raw.push([key, value])),
    );
    for (const [key, value] of raw) await ctx.stub.putState(key, Buffer.from(value, 'utf8'));
    return answer;
  }

  async read(ctx: ContractContext, _json: string): Promise<string> {
    return JSON.stringify(await read(new Tx(ctx.stub, claimsOf(ctx.clientIdentity))));
  }
}
