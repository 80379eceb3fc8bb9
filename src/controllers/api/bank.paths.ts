/** The bank's door in the OpenAPI document, made of the schemas that read a message. */
import type { RouteConfig } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { flow } from '#kernel/records/reconciliation.ts';
import { wireEntry, wireMessage } from '../../models/inbox/wire.rules.ts';

type Responses = RouteConfig['responses'];

const tags = ['银行推送 bank push'];
const json = (schema: z.ZodType): { 'application/json': { schema: z.ZodType } } => ({
  'application/json': { schema },
});
const headers = z.object({
  'bank-id': z.string().describe('Organisation id of the bank'),
  'webhook-id': z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  'webhook-timestamp': z
    .string()
    .regex(/^\d{10}$/)
    .describe('Seconds since epoch, within 300 s of ours'),
  'webhook-signature': z
    .string()
    .describe(
      '`v1,` HMAC-SHA256, `v1a,` Ed25519 or `sm2,` SM2-SM3 over id.timestamp.body; several with spaces',
    ),
});
const message = wireMessage.extend({ entries: z.array(wireEntry).min(1).max(500) });
const result = z.object({
  serialNo: z.string(),
  flowId: z.string().nullable(),
  result: z.enum(['accepted', 'duplicate', 'conflict', 'quarantined']),
  reason: z.string().optional(),
});
const understood = z.object({
  bankId: z.string(),
  keyId: z.string().describe('The key that the signature fits'),
  algorithm: z.enum(['hmac-sha256', 'ed25519', 'sm2-sm3']),
  skewMs: z.int().describe('Your clock minus ours'),
  address: z.string().describe('The address we see you call from'),
  wouldAnswer: z.int().describe('Status that POST /bank/flows would answer'),
  reason: z.string().nullable(),
  entries: z.array(
    result.omit({ result: true, reason: true }).extend({
      index: z.int(),
      wouldBe: result.shape.result,
      reason: z.string().nullable(),
      understood: flow.omit({ rawHash: true }).nullable().describe('The entry in normal form'),
      ownAccountRegistered: z.boolean().nullable(),
    }),
  ),
});

/** What a signed call with a body may always answer. */
const always = [401, 408, 413, 415, 429, 503];

/** What every signed call may answer besides, by status. */
function refusals(problem: z.ZodType, ...statuses: readonly number[]): Responses {
  const texts: Readonly<Record<number, string>> = {
    401: 'Not authentic; one and the same answer for every cause',
    403: 'The message names another bank',
    404: 'No such flow of this bank',
    408: 'The body came too slowly',
    409: 'The webhook-id came before with another body',
    413: 'More than 1 MiB or 500 entries',
    415: 'Another media type or charset, or a compressed body',
    422: 'A message marked selfTest',
    429: 'Too many; see Retry-After',
    503: 'Away for now, nothing was acknowledged; see Retry-After',
  };
  const content = { 'application/problem+json': { schema: problem } };
  return Object.fromEntries(
    statuses.map((status) => [status, { description: texts[status] ?? '', content }]),
  );
}

const statement = z.looseObject({ statementId: z.string(), state: z.string() });

/** The calls of a bank. @param problem schema of a refusal */
export function bankPaths(problem: z.ZodType, security: RouteConfig['security']): RouteConfig[] {
  const common = { tags, ...(security === undefined ? {} : { security }) };
  const signed = { headers, body: { content: json(message), required: true } };
  return [
    {
      ...common,
      method: 'post',
      path: '/bank/flows',
      summary: '推送流水 Push flows; 202 once every entry is durable',
      request: signed,
      responses: {
        202: { description: 'Durable', content: json(z.object({ results: z.array(result) })) },
        ...refusals(problem, ...always, 403, 409, 422),
      },
    },
    {
      ...common,
      method: 'post',
      path: '/bank/self-test',
      summary:
        '自检 What we understand of a message; nothing is stored. Mark it `selfTest` so that nobody can push it',
      request: signed,
      responses: {
        200: { description: 'As understood', content: json(understood) },
        ...refusals(problem, ...always),
      },
    },
    {
      ...common,
      method: 'post',
      path: '/bank/heartbeat',
      summary: '心跳 I am here, also without flows',
      request: { headers, body: { content: json(z.object({})), required: true } },
      responses: {
        202: { description: 'Heard', content: json(z.object({ result: z.literal('heard') })) },
        ...refusals(problem, ...always),
      },
    },
    {
      ...common,
      method: 'get',
      path: '/bank/flows/{flowId}',
      summary: '查询流水 What became of a flow; signs an empty body',
      request: { headers, params: z.object({ flowId: z.string() }) },
      responses: {
        200: { description: 'The flow', content: json(z.looseObject({ flowId: z.string() })) },
        ...refusals(problem, 401, 404, 429, 503),
      },
    },
    ...statementPaths(problem, common),
  ];
}

/** A bank's statements. */
function statementPaths(problem: z.ZodType, common: Pick<RouteConfig, 'tags' | 'security'>): RouteConfig[] {
  const file = z.string().describe('camt XML, CSV or XLSX; the signature is over these bytes');
  return [
    {
      ...common,
      method: 'post',
      path: '/bank/statements',
      summary: '推送对账单 A day-end statement, up to 64 MiB; taken in as a whole, or refused as a whole',
      request: { headers, body: { content: { 'application/xml': { schema: file } }, required: true } },
      responses: {
        202: { description: 'Kept', content: json(statement) },
        ...refusals(problem, ...always, 409, 422),
      },
    },
    {
      ...common,
      method: 'get',
      path: '/bank/statements/{statementId}',
      summary:
        '查询对账单 What became of a statement, with refused rows and missing flows; signs an empty body',
      request: { headers, params: z.object({ statementId: z.string() }) },
      responses: {
        200: { description: 'The statement', content: json(statement) },
        ...refusals(problem, 401, 404, 429, 503),
      },
    },
  ];
}
