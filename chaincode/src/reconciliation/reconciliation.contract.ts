/** The `reconciliation` contract: registrations, bank flows and the decision on both. */
import { Contract } from 'fabric-contract-api';
import { payingRoles, type Role } from '#kernel/records/common.ts';
import { reconciliationArgs, reconciliationQueryArgs } from '#kernel/records/reconciliation.ts';
import type { ContractContext } from '../context.ts';
import { querying, submitting, submittingAll } from '../transaction.ts';
import { checking } from './checking.ts';
import { ingest, readsOfIngest } from './ingest.ts';
import { match } from './match.ts';
import { query, unmatched } from './queries.ts';
import { readsOfRegister, register } from './register.ts';
import { withdrawRegistration } from './withdraw.ts';

const ruleOfIngest = { roles: ['bank-feed'], reads: readsOfIngest } as const;

/** Transaction functions of `reconciliation`; arguments and answers are JSON, schemas in records/reconciliation.ts. */
export class ReconciliationContract extends Contract {
  constructor() {
    super('reconciliation');
  }

  async register(ctx: ContractContext, json: string): Promise<string> {
    const { register: schema } = reconciliationArgs;
    const rule = { schema, roles: payingRoles, posts: ['handle'], reads: readsOfRegister } as const;
    return submitting(ctx, json, rule, register);
  }

  async withdrawRegistration(ctx: ContractContext, json: string): Promise<string> {
    const rule = { schema: reconciliationArgs.withdrawRegistration, roles: payingRoles } as const;
    return submitting(ctx, json, rule, withdrawRegistration);
  }

  async match(ctx: ContractContext, json: string): Promise<string> {
    return submitting(ctx, json, { schema: reconciliationArgs.match, roles: payingRoles }, match);
  }

  async ingest(ctx: ContractContext, json: string): Promise<string> {
    return submitting(ctx, json, { ...ruleOfIngest, schema: reconciliationArgs.ingest }, ingest);
  }

  /** Each entry as `ingest` would take it, in order, in one transaction. */
  async ingestAll(ctx: ContractContext, json: string): Promise<string> {
    const rule = { ...ruleOfIngest, fn: 'ingest', schema: reconciliationArgs.ingestAll } as const;
    return submittingAll(ctx, json, rule, ingest);
  }

  async checking(ctx: ContractContext, json: string): Promise<string> {
    const roles: readonly Role[] = ['platform', 'bank-feed', ...payingRoles];
    return submitting(ctx, json, { schema: reconciliationArgs.checking, roles }, checking);
  }

  async query(ctx: ContractContext, json: string): Promise<string> {
    return querying(ctx, json, reconciliationQueryArgs.query, query);
  }

  async unmatched(ctx: ContractContext, json: string): Promise<string> {
    return querying(ctx, json, reconciliationQueryArgs.unmatched, unmatched);
  }
}
