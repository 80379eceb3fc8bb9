/** The `draft` contract: acts of people on a digital draft. Advancing it is not among them: only reconciliation does that. */
import { businessRoles } from '#kernel/records/common.ts';
import { Contract } from 'fabric-contract-api';
import { draftArgs, draftQueryArgs } from '#kernel/records/draft.ts';
import type { ContractContext } from '../context.ts';
import { querying, submitting } from '../transaction.ts';
import { create } from './create.ts';
import { history, path, query } from './queries.ts';
import { split } from './ranges.ts';
import { accept } from './redemption.ts';
import { cancel, freeze, recall, unfreeze } from './stops.ts';

const issuer = { roles: ['leading-office'], posts: ['decide'] } as const;
/** Two persons: one who handles or checks may ask, the contract sees to it that another one confirms. */
const issuerPair = { roles: ['leading-office'], posts: ['handle', 'check', 'decide'] } as const;

/** Transaction functions of `draft`; arguments and answers are JSON, schemas in records/draft.ts. */
export class DraftContract extends Contract {
  constructor() {
    super('draft');
  }

  async create(ctx: ContractContext, json: string): Promise<string> {
    return submitting(ctx, json, { schema: draftArgs.create, ...issuer }, create);
  }

  async accept(ctx: ContractContext, json: string): Promise<string> {
    // Which role may do which step is decided per step: an extra approver may be any business organisation.
    return submitting(ctx, json, { schema: draftArgs.accept, roles: businessRoles }, accept);
  }

  async split(ctx: ContractContext, json: string): Promise<string> {
    const roles = ['leading-office', 'partnership', 'county-fund-company'] as const;
    return submitting(ctx, json, { schema: draftArgs.split, roles, posts: ['handle'] }, split);
  }

  async recall(ctx: ContractContext, json: string): Promise<string> {
    return submitting(ctx, json, { schema: draftArgs.recall, ...issuerPair }, recall);
  }

  async freeze(ctx: ContractContext, json: string): Promise<string> {
    return submitting(ctx, json, { schema: draftArgs.freeze, ...issuer }, freeze);
  }

  async unfreeze(ctx: ContractContext, json: string): Promise<string> {
    return submitting(ctx, json, { schema: draftArgs.unfreeze, ...issuer }, unfreeze);
  }

  async cancel(ctx: ContractContext, json: string): Promise<string> {
    return submitting(ctx, json, { schema: draftArgs.cancel, ...issuerPair }, cancel);
  }

  async query(ctx: ContractContext, json: string): Promise<string> {
    return querying(ctx, json, draftQueryArgs.query, query);
  }

  async path(ctx: ContractContext, json: string): Promise<string> {
    return querying(ctx, json, draftQueryArgs.path, path);
  }

  async history(ctx: ContractContext, json: string): Promise<string> {
    return querying(ctx, json, draftQueryArgs.history, history);
  }
}
