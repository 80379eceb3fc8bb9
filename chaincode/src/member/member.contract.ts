/** The `member` contract: organisations, users and bank accounts. */
import { businessRoles } from '#kernel/records/common.ts';
import { Contract } from 'fabric-contract-api';
import { memberArgs, memberQueryArgs } from '#kernel/records/member.ts';
import type { ContractContext } from '../context.ts';
import { querying, submitting } from '../transaction.ts';
import { closeAccount, confirmAccount, registerAccount } from './accounts.ts';
import { bootstrap, registerOrganisation } from './organisations.ts';
import { query } from './queries.ts';
import { activateUser, disable, registerUser } from './users.ts';

/** Transaction functions of `member`; arguments and answers are JSON, schemas in records/member.ts. */
export class MemberContract extends Contract {
  constructor() {
    super('member');
  }

  async bootstrap(ctx: ContractContext, json: string): Promise<string> {
    const rule = { schema: memberArgs.bootstrap, roles: ['sys-admin'], unregistered: true } as const;
    return submitting(ctx, json, rule, bootstrap);
  }

  async registerOrganisation(ctx: ContractContext, json: string): Promise<string> {
    const rule = { schema: memberArgs.registerOrganisation, roles: ['sys-admin'] } as const;
    return submitting(ctx, json, rule, registerOrganisation);
  }

  async registerUser(ctx: ContractContext, json: string): Promise<string> {
    return submitting(ctx, json, { schema: memberArgs.registerUser, roles: ['sys-admin'] }, registerUser);
  }

  async activateUser(ctx: ContractContext, json: string): Promise<string> {
    return submitting(ctx, json, { schema: memberArgs.activateUser, roles: ['sec-admin'] }, activateUser);
  }

  async disable(ctx: ContractContext, json: string): Promise<string> {
    return submitting(ctx, json, { schema: memberArgs.disable, roles: ['sys-admin', 'sec-admin'] }, disable);
  }

  async registerAccount(ctx: ContractContext, json: string): Promise<string> {
    const rule = { schema: memberArgs.registerAccount, roles: ['sys-admin', ...businessRoles] } as const;
    return submitting(ctx, json, rule, registerAccount);
  }

  async confirmAccount(ctx: ContractContext, json: string): Promise<string> {
    const rule = { schema: memberArgs.confirmAccount, roles: ['sec-admin', ...businessRoles] } as const;
    return submitting(ctx, json, rule, confirmAccount);
  }

  async closeAccount(ctx: ContractContext, json: string): Promise<string> {
    const rule = { schema: memberArgs.closeAccount, roles: ['sec-admin', ...businessRoles] } as const;
    return submitting(ctx, json, rule, closeAccount);
  }

  async query(ctx: ContractContext, json: string): Promise<string> {
    return querying(ctx, json, memberQueryArgs.query, query);
  }
}
