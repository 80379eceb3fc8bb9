/** The frame of every transaction function: arguments, authorisation, idempotency, writes, one event, JSON out. */
import type { z } from 'zod';
import { sha256Hex } from '#kernel/canonical-json.ts';
import type { Post, Role } from '#kernel/records/common.ts';
import { keyParts } from '#kernel/records/keys.ts';
import { claimsOf, confirmedCaller, requirePost, requireRole } from './caller.ts';
import type { Caller } from './caller.ts';
import type { ContractContext } from './context.ts';
import { Refusal } from './refusal.ts';
import { Tx } from './tx.ts';
import type { RecordKey } from './tx.ts';

/** What a submit function takes and who may call it. Of `posts` the caller must hold at least one. */
export interface SubmitRule<S extends z.ZodType> {
  readonly schema: S;
  readonly roles: readonly Role[];
  readonly posts?: readonly Post[];
  /** Only for the very first transaction of a channel: takes the certificate's word, since no member is on the ledger. */
  readonly unregistered?: boolean;
  /** Records that the body will read for these arguments, as far as they are known beforehand; a hint for speed. */
  readonly reads?: (args: z.infer<S>) => readonly RecordKey[];
}

/**
 * Runs a changing function.
 * @param body decides and puts; what it returns is the answer
 * @returns the answer as JSON; for a repeat of the same request the first answer, with nothing written
 * @throws Refusal when arguments, rights, the request id or the body say no; nothing is written then
 */
export async function submitting<S extends z.ZodType<{ requestId: string }>>(
  ctx: ContractContext,
  json: string,
  rule: SubmitRule<S>,
  body: (tx: Tx, args: z.infer<S>) => Promise<object>,
): Promise<string> {
  const args = parseArgs(rule.schema, json);
  const key = keyParts.REQ(args.requestId);
  const reads: readonly RecordKey[] = [['REQ', key], ...(rule.reads?.(args) ?? [])];
  const tx = new Tx(ctx.stub, await callerOf(ctx, rule.unregistered ?? false, reads));
  requireRole(tx.caller, rule.roles);
  requirePost(tx.caller, rule.posts ?? []);
  // The schema has put the keys of the arguments in its own order, so equal arguments have equal text.
  const request = {
    fn: ctx.stub.getFunctionAndParameters().fcn,
    argsHash: sha256Hex(`${tx.caller.userId}\n${JSON.stringify(args)}`),
  };
  const first = await tx.get('REQ', key);
  if (first !== null) {
    const same = first.fn === request.fn && first.argsHash === request.argsHash;
    if (!same) throw new Refusal('REQUEST_REUSED', { requestId: args.requestId });
    return first.result;
  }
  const result = JSON.stringify(await body(tx, args));
  tx.put('REQ', key, { ...request, result });
  await tx.flush();
  return result;
}

/**
 * Runs a reading function for any registered caller; the body keeps to the caller's scope.
 * @throws Refusal when arguments, rights or the body say no
 */
export async function querying<S extends z.ZodType>(
  ctx: ContractContext,
  json: string,
  schema: S,
  body: (tx: Tx, args: z.infer<S>) => Promise<unknown>,
): Promise<string> {
  const args = parseArgs(schema, json);
  const tx = new Tx(ctx.stub, await callerOf(ctx, false, []));
  return JSON.stringify((await body(tx, args)) ?? null);
}

function parseArgs<S extends z.ZodType>(schema: S, json: string): z.infer<S> {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    throw new Refusal('INVALID_ARGUMENT', { issues: [{ path: '', message: 'not JSON' }] });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => ({ path: path.join('/'), message }));
  throw new Refusal('INVALID_ARGUMENT', { issues: issues.slice(0, 20) });
}

async function callerOf(
  ctx: ContractContext,
  unregistered: boolean,
  reads: readonly RecordKey[],
): Promise<Caller> {
  const claims = claimsOf(ctx.clientIdentity);
  if (unregistered) return claims;
  const reader = new Tx(ctx.stub, claims);
  reader.expect([['USER', keyParts.USER(claims.userId)], ['ORG', keyParts.ORG(claims.orgId)], ...reads]);
  const user = await reader.get('USER', keyParts.USER(claims.userId));
  const org = await reader.get('ORG', keyParts.ORG(claims.orgId));
  return confirmedCaller(claims, user, org);
}
