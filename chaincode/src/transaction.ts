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

/** Every submit is a request; the same id is the same request. */
interface Request {
  readonly requestId: string;
}

/** Who may call a function. Of `posts` the caller must hold at least one. */
interface Permission {
  readonly roles: readonly Role[];
  readonly posts?: readonly Post[];
  /** Only for the very first transaction of a channel: takes the certificate's word, since no member is on the ledger. */
  readonly unregistered?: boolean;
}

/** What a submit function takes and who may call it. */
export interface SubmitRule<S extends z.ZodType> extends Permission {
  readonly schema: S;
  /** Records that the body will read for these arguments, as far as they are known beforehand; a hint for speed. */
  readonly reads?: (args: z.infer<S>) => readonly RecordKey[];
}

/** As `SubmitRule`, for a function that does another one's work for several requests; `fn` is that other one. */
export interface SubmitAllRule<A> extends Permission {
  readonly fn: string;
  readonly schema: z.ZodType<{ entries: A[] }>;
  readonly reads: (args: A) => readonly RecordKey[];
}

/**
 * Runs a changing function.
 * @param body decides and puts; what it returns is the answer
 * @returns the answer as JSON; for a repeat of the same request the first answer, with nothing written
 * @throws Refusal when arguments, rights, the request id or the body say no; nothing is written then
 */
export async function submitting<S extends z.ZodType<Request>>(
  ctx: ContractContext,
  json: string,
  rule: SubmitRule<S>,
  body: (tx: Tx, args: z.infer<S>) => Promise<object>,
): Promise<string> {
  const args = parseArgs(rule.schema, json);
  const tx = await permitted(ctx, rule, [requestKey(args), ...(rule.reads?.(args) ?? [])]);
  const result = await once(tx, nameOf(ctx), args, async () => body(tx, args));
  await tx.flush();
  return result;
}

/**
 * Runs the same changing function for several requests, in order, in one transaction: all of them or none. Each is the
 * request that it would be alone, whichever call brings it again.
 * @param body as for `submitting`, for one request; it sees what the requests before it have put
 * @returns `{"replies":[…]}` as JSON: the answer to each request, in order
 * @throws Refusal when arguments or rights, the id of a request or its body say no; nothing is written then
 */
export async function submittingAll<A extends Request>(
  ctx: ContractContext,
  json: string,
  rule: SubmitAllRule<A>,
  body: (tx: Tx, args: A) => Promise<object>,
): Promise<string> {
  const { entries } = parseArgs(rule.schema, json);
  const reads = entries.flatMap((args) => [requestKey(args), ...rule.reads(args)]);
  const tx = await permitted(ctx, rule, reads);
  const fn = nameOf(ctx).replace(/[^:]*$/, rule.fn);
  const replies: string[] = [];
  for (const args of entries) replies.push(await once(tx, fn, args, async () => body(tx, args)));
  await tx.flush();
  return `{"replies":[${replies.join(',')}]}`;
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

/** The transaction of a caller who may call this. @throws Refusal */
async function permitted(ctx: ContractContext, rule: Permission, reads: readonly RecordKey[]): Promise<Tx> {
  const tx = new Tx(ctx.stub, await callerOf(ctx, rule.unregistered ?? false, reads));
  requireRole(tx.caller, rule.roles);
  requirePost(tx.caller, rule.posts ?? []);
  return tx;
}

function requestKey({ requestId }: Request): RecordKey {
  return ['REQ', keyParts.REQ(requestId)];
}

function nameOf({ stub }: ContractContext): string {
  return stub.getFunctionAndParameters().fcn;
}

/** Answers a request that was made before as it was answered then. @throws Refusal REQUEST_REUSED */
async function once(tx: Tx, fn: string, args: Request, body: () => Promise<object>): Promise<string> {
  const key = keyParts.REQ(args.requestId);
  // The schema has put the keys of the arguments in its own order, so equal arguments have equal text.
  const request = { fn, argsHash: sha256Hex(`${tx.caller.userId}\n${JSON.stringify(args)}`) };
  const first = await tx.get('REQ', key);
  if (first !== null) {
    const same = first.fn === request.fn && first.argsHash === request.argsHash;
    if (!same) throw new Refusal('REQUEST_REUSED', { requestId: args.requestId });
    return first.result;
  }
  const result = JSON.stringify(await body());
  tx.put('REQ', key, { ...request, result });
  return result;
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
