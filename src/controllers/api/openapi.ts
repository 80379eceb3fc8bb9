/** The OpenAPI 3.1 document, made of the very schemas that check requests. */
import { OpenAPIRegistry, OpenApiGeneratorV31, type RouteConfig } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { bankPaths } from './bank.paths.ts';
import { confirmation, credentials, me, session } from './bearer.ts';
import { uploaded, uploadForm } from './evidence.upload.ts';
import { listQuery } from './lists.ts';
import { broughtStatement, statementForm } from './statement.calls.ts';
import { parametersOf, type Change, type Question, type Resource } from './types.ts';

/** The tables that the document describes. */
export interface ApiTables {
  readonly changes: readonly Change[];
  readonly resources: readonly Resource[];
  readonly questions: readonly Question[];
}

type Responses = RouteConfig['responses'];

const json = (schema: z.ZodType): { 'application/json': { schema: z.ZodType } } => ({
  'application/json': { schema },
});
const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  errors: z.array(z.object({ pointer: z.string(), message: z.string() })),
  requestId: z.string(),
});
const asOf = { asOfBlock: z.int().min(0) };
const receipt = z.object({
  transactionId: z.string().optional(),
  blockNumber: z.int().optional(),
  result: z.unknown(),
});
const idempotency = z.object({
  'Idempotency-Key': z.string().min(8).max(200).describe('Same key and body: the first answer again'),
});

const moneyRule =
  'Moves money: the password must have been given for this token within the last ten minutes, at sign-in or at POST /sessions/confirm; else 403 with code REAUTHENTICATE, and nothing is written.';

/** Every problem that a call may answer, by status. */
function problems(...statuses: number[]): Responses {
  const texts: Record<number, string> = {
    401: 'No live token',
    403: 'Role, post or person may not',
    404: 'Not there, or outside the scope',
    409: 'Wrong state, changed content, or a key used before',
    422: 'A field is wrong',
    503: 'Away for now; nothing was lost',
  };
  const content = { 'application/problem+json': { schema: problem } };
  return Object.fromEntries(
    statuses.map((status) => [status, { description: texts[status] ?? '', content }]),
  );
}

/** Builds the document. @param serverUrl where the API is reached, for example `/api/v1` */
export function openApiDocument({ changes, resources, questions }: ApiTables, serverUrl: string): object {
  const registry = new OpenAPIRegistry();
  const bearer = registry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' });
  const security = [{ [bearer.name]: [] }];
  const signature = registry.registerComponent('securitySchemes', 'bankSignature', {
    type: 'apiKey',
    in: 'header',
    name: 'webhook-signature',
  });
  const paths = [
    ...sessions(security),
    ...uploads(),
    ...changes.map((one) => ofChange(one)),
    ...resources.flatMap((one) => ofResource(one)),
    ...questions.map((one) => ofQuestion(one)),
    ...bankPaths(problem, [{ [signature.name]: [] }]),
  ];
  for (const path of paths) registry.registerPath({ security, ...path });
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: '扶贫资金管理平台 · JSON API',
      version: '1',
      description:
        'Amounts are decimal strings of fen; times are UTC, dates Beijing. Every call acts with the rights and the data scope of the person who signed in.',
    },
    servers: [{ url: serverUrl }],
  });
}

function parameters(path: string): { params: z.ZodObject } | Record<string, never> {
  const names = parametersOf(path);
  if (names.length === 0) return {};
  return { params: z.object(Object.fromEntries(names.map((name) => [name, z.string()]))) };
}

function sessions(security: RouteConfig['security']): RouteConfig[] {
  const tags = ['登录 sessions'];
  return [
    {
      method: 'post',
      path: '/sessions',
      tags,
      security: [],
      summary: '登录 Sign in; the token lives for one hour',
      request: { body: { content: json(credentials) } },
      responses: { 201: { description: 'Signed in', content: json(session) }, ...problems(401, 422) },
    },
    {
      method: 'delete',
      path: '/sessions',
      tags,
      ...(security === undefined ? {} : { security }),
      summary: '退出 Sign out: the token ends now',
      responses: { 204: { description: 'Signed out' }, ...problems(401) },
    },
    {
      method: 'post',
      path: '/sessions/confirm',
      tags,
      ...(security === undefined ? {} : { security }),
      summary: '再次确认身份 Give password and code again; the token may then move money for ten minutes',
      request: { body: { content: json(confirmation) } },
      responses: { 204: { description: 'Confirmed' }, ...problems(401, 422) },
    },
    {
      method: 'get',
      path: '/me',
      tags,
      summary: '我是谁 Who I am and may do',
      responses: { 200: { description: 'Me', content: json(me) }, ...problems(401) },
    },
    {
      method: 'get',
      path: '/events',
      tags: ['实时 events'],
      summary: '实时推送 Server-sent events: which objects in scope changed with each block',
      responses: {
        200: { description: 'A stream', content: { 'text/event-stream': { schema: z.string() } } },
        ...problems(401),
      },
    },
  ];
}

/** The calls that take a file. */
function uploads(): RouteConfig[] {
  return [
    {
      method: 'post',
      path: '/evidence',
      tags: ['存证 evidence'],
      summary: '上传并存证 Upload a file and anchor its hash; repeats are harmless',
      request: { body: { content: { 'multipart/form-data': { schema: uploadForm } } } },
      responses: {
        201: { description: 'Anchored', content: json(uploaded) },
        ...problems(401, 403, 404, 409, 422),
      },
    },
    {
      method: 'post',
      path: '/statements',
      tags: ['对账单 statements'],
      summary:
        '上传对账单 Bring a statement: camt, CSV or XLSX; nothing is taken before a second person confirms',
      request: { body: { content: { 'multipart/form-data': { schema: statementForm } } } },
      responses: {
        201: { description: 'Kept, and read when small', content: json(broughtStatement) },
        ...problems(401, 403, 422),
      },
    },
  ];
}

function ofChange({ method, path, tag, summary, body, money }: Change): RouteConfig {
  return {
    method,
    path,
    tags: [tag],
    summary,
    ...(money === true ? { description: moneyRule } : {}),
    request: { ...parameters(path), headers: idempotency, body: { content: json(body), required: true } },
    responses: {
      201: { description: 'Committed', content: json(receipt) },
      ...problems(401, 403, 404, 409, 422, 503),
    },
  };
}

function ofResource(one: Resource): RouteConfig[] {
  const { path, tag, summary, record = z.unknown(), beside } = one;
  const item = z.looseObject({ id: z.string() });
  const list = z.object({
    items: z.array(item),
    total: z.int(),
    page: z.int(),
    size: z.int(),
    ...asOf,
  });
  const listed: RouteConfig = {
    method: 'get',
    path,
    tags: [tag],
    summary,
    request: { ...parameters(path), query: listQuery(one) },
    responses: { 200: { description: 'A page of the list', content: json(list) }, ...problems(401, 422) },
  };
  if (one.listOnly === true) return [listed];
  const onePath = `${path}/{id}`;
  const found = json(z.looseObject({ id: z.string(), record, ...beside?.schema, ...asOf }));
  return [
    listed,
    {
      method: 'get',
      path: onePath,
      tags: [tag],
      summary: `${summary} · one`,
      request: parameters(onePath),
      responses: { 200: { description: 'The object', content: found }, ...problems(401, 404) },
    },
  ];
}

function ofQuestion({ path, tag, summary, query }: Question): RouteConfig {
  return {
    method: 'get',
    path,
    tags: [tag],
    summary,
    request: { ...parameters(path), ...(query === undefined ? {} : { query }) },
    responses: {
      200: { description: 'The answer', content: json(z.looseObject(asOf)) },
      ...problems(401, 404, 422),
    },
  };
}
