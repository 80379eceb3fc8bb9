/** The `evidence` contract: anchors the hash of a file and answers whether one is anchored. */
import { businessRoles } from '#kernel/records/common.ts';
import { Contract } from 'fabric-contract-api';
import { evidenceArgs } from '#kernel/records/evidence.ts';
import type { ContractContext } from '../context.ts';
import { querying, submitting } from '../transaction.ts';
import { anchor, verify } from './anchors.ts';

/** Transaction functions of `evidence`; arguments and answers are JSON, schemas in records/evidence.ts. */
export class EvidenceContract extends Contract {
  constructor() {
    super('evidence');
  }

  async anchor(ctx: ContractContext, json: string): Promise<string> {
    return submitting(ctx, json, { schema: evidenceArgs.anchor, roles: businessRoles }, anchor);
  }

  async verify(ctx: ContractContext, json: string): Promise<string> {
    return querying(ctx, json, evidenceArgs.verify, verify);
  }
}
