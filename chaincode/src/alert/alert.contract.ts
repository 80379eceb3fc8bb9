/** The `alert` contract: what time brings up, what people report, and the life of every alert. */
import { businessRoles } from '#kernel/records/common.ts';
import { Contract } from 'fabric-contract-api';
import { alertArgs, alertQueryArgs } from '#kernel/records/alert.ts';
import type { ContractContext } from '../context.ts';
import { querying, submitting } from '../transaction.ts';
import { assign, close, explain, rectify, review } from './life.ts';
import { query, report } from './report.ts';
import { tick } from './tick.ts';

/** province-finance judges only where the leading office is named (R3). */
const judges = ['leading-office', 'county-command', 'province-finance'] as const;

/** Transaction functions of `alert`; arguments and answers are JSON, schemas in records/alert.ts. */
export class AlertContract extends Contract {
  constructor() {
    super('alert');
  }

  async tick(ctx: ContractContext, json: string): Promise<string> {
    return submitting(ctx, json, { schema: alertArgs.tick, roles: ['platform'] }, tick);
  }

  async assign(ctx: ContractContext, json: string): Promise<string> {
    const rule = { schema: alertArgs.assign, roles: judges, posts: ['handle', 'check', 'decide'] } as const;
    return submitting(ctx, json, rule, assign);
  }

  async explain(ctx: ContractContext, json: string): Promise<string> {
    return submitting(ctx, json, { schema: alertArgs.explain, roles: businessRoles }, explain);
  }

  async rectify(ctx: ContractContext, json: string): Promise<string> {
    return submitting(ctx, json, { schema: alertArgs.rectify, roles: businessRoles }, rectify);
  }

  async review(ctx: ContractContext, json: string): Promise<string> {
    const rule = { schema: alertArgs.review, roles: judges, posts: ['check'] } as const;
    return submitting(ctx, json, rule, review);
  }

  async close(ctx: ContractContext, json: string): Promise<string> {
    const rule = { schema: alertArgs.close, roles: judges, posts: ['decide'] } as const;
    return submitting(ctx, json, rule, close);
  }

  async report(ctx: ContractContext, json: string): Promise<string> {
    return submitting(ctx, json, { schema: alertArgs.report, roles: businessRoles }, report);
  }

  async query(ctx: ContractContext, json: string): Promise<string> {
    return querying(ctx, json, alertQueryArgs.query, query);
  }
}
