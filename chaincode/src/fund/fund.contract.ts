/** The `fund` contract: funds with their ratios, calls for projects, the working calendar. */
import { Contract } from 'fabric-contract-api';
import { fundArgs, fundQueryArgs } from '#kernel/records/fund.ts';
import type { ContractContext } from '../context.ts';
import { querying, submitting } from '../transaction.ts';
import { closeCall, confirmCalendar, confirmCall, openCall, proposeCalendar } from './calls.ts';
import { planExit } from './exit.ts';
import { confirm, create } from './funds.ts';
import { list, query } from './queries.ts';

const proposer = { roles: ['leading-office'], posts: ['handle'] } as const;
const confirmer = { roles: ['province-finance'], posts: ['check'] } as const;

/** Transaction functions of `fund`; arguments and answers are JSON, schemas in records/fund.ts. */
export class FundContract extends Contract {
  constructor() {
    super('fund');
  }

  async create(ctx: ContractContext, json: string): Promise<string> {
    return submitting(ctx, json, { schema: fundArgs.create, ...proposer }, create);
  }

  async confirm(ctx: ContractContext, json: string): Promise<string> {
    return submitting(ctx, json, { schema: fundArgs.confirm, ...confirmer }, confirm);
  }

  async openCall(ctx: ContractContext, json: string): Promise<string> {
    return submitting(ctx, json, { schema: fundArgs.openCall, ...proposer }, openCall);
  }

  async confirmCall(ctx: ContractContext, json: string): Promise<string> {
    return submitting(ctx, json, { schema: fundArgs.confirmCall, ...confirmer }, confirmCall);
  }

  async closeCall(ctx: ContractContext, json: string): Promise<string> {
    return submitting(ctx, json, { schema: fundArgs.closeCall, ...proposer }, closeCall);
  }

  async proposeCalendar(ctx: ContractContext, json: string): Promise<string> {
    return submitting(ctx, json, { schema: fundArgs.proposeCalendar, ...proposer }, proposeCalendar);
  }

  async confirmCalendar(ctx: ContractContext, json: string): Promise<string> {
    return submitting(ctx, json, { schema: fundArgs.confirmCalendar, ...confirmer }, confirmCalendar);
  }

  async planExit(ctx: ContractContext, json: string): Promise<string> {
    const rule = { schema: fundArgs.planExit, roles: ['partnership', 'leading-office'] } as const;
    return submitting(ctx, json, rule, planExit);
  }

  async query(ctx: ContractContext, json: string): Promise<string> {
    return querying(ctx, json, fundQueryArgs.query, query);
  }

  async list(ctx: ContractContext, json: string): Promise<string> {
    return querying(ctx, json, fundQueryArgs.list, list);
  }
}
