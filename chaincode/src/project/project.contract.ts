/** The `project` contract: applications from county to province, progress, close. */
import { Contract } from 'fabric-contract-api';
import { projectArgs, projectQueryArgs } from '#kernel/records/project.ts';
import type { ContractContext } from '../context.ts';
import { querying, submitting } from '../transaction.ts';
import { apply, readsOfApply, check, countersign, returnProject, withdraw } from './application.ts';
import { close, decide, review } from './decision.ts';
import { checkProgress, readsOfProject, reportProgress } from './progress.ts';
import { requireProjectSight } from './sight.ts';

const applicant = { roles: ['county-command'], posts: ['handle'] } as const;
const countyChecker = { roles: ['county-command'], posts: ['check'], reads: readsOfProject } as const;
const decider = { roles: ['leading-office'], posts: ['decide'], reads: readsOfProject } as const;

/** Transaction functions of `project`; arguments and answers are JSON, schemas in records/project.ts. */
export class ProjectContract extends Contract {
  constructor() {
    super('project');
  }

  async apply(ctx: ContractContext, json: string): Promise<string> {
    return submitting(ctx, json, { schema: projectArgs.apply, ...applicant, reads: readsOfApply }, apply);
  }

  async check(ctx: ContractContext, json: string): Promise<string> {
    return submitting(ctx, json, { schema: projectArgs.check, ...countyChecker }, check);
  }

  async countersign(ctx: ContractContext, json: string): Promise<string> {
    const rule = { schema: projectArgs.countersign, roles: ['local-finance'], posts: ['check'] } as const;
    return submitting(ctx, json, rule, countersign);
  }

  async review(ctx: ContractContext, json: string): Promise<string> {
    const rule = { schema: projectArgs.review, roles: ['leading-office'], posts: ['check'] } as const;
    return submitting(ctx, json, rule, review);
  }

  async decide(ctx: ContractContext, json: string): Promise<string> {
    return submitting(ctx, json, { schema: projectArgs.decide, ...decider }, decide);
  }

  async return(ctx: ContractContext, json: string): Promise<string> {
    const roles = ['county-command', 'local-finance', 'leading-office'] as const;
    const rule = { schema: projectArgs.return, roles, posts: ['check', 'decide'] } as const;
    return submitting(ctx, json, rule, returnProject);
  }

  async withdraw(ctx: ContractContext, json: string): Promise<string> {
    return submitting(ctx, json, { schema: projectArgs.withdraw, ...applicant }, withdraw);
  }

  async reportProgress(ctx: ContractContext, json: string): Promise<string> {
    const rule = {
      schema: projectArgs.reportProgress,
      roles: ['implementing-unit'],
      posts: ['handle'],
      reads: readsOfProject,
    } as const;
    return submitting(ctx, json, rule, reportProgress);
  }

  async checkProgress(ctx: ContractContext, json: string): Promise<string> {
    return submitting(ctx, json, { schema: projectArgs.checkProgress, ...countyChecker }, checkProgress);
  }

  async close(ctx: ContractContext, json: string): Promise<string> {
    return submitting(ctx, json, { schema: projectArgs.close, ...decider }, close);
  }

  async query(ctx: ContractContext, json: string): Promise<string> {
    return querying(ctx, json, projectQueryArgs.query, (tx, args) => requireProjectSight(tx, args.id));
  }

  async history(ctx: ContractContext, json: string): Promise<string> {
    return querying(ctx, json, projectQueryArgs.history, async (tx, args) => {
      const { steps, progress } = await requireProjectSight(tx, args.id);
      return { steps, progress };
    });
  }
}
