/** Turns every error into one answer: a page for people, problem+json (RFC 9457) for programs. One table, code to status. */
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { z } from 'zod';
import type { Logger } from '../log.ts';
import { label, refusalText } from '../messages/index.ts';
import { CorruptFile } from '../models/file/file.store.ts';
import { DomainError, InfrastructureError, InputError } from '../models/kernel/errors.ts';

const statusOfCode: Readonly<Record<string, number>> = {
  NOT_AUTHENTICATED: 401,
  NOT_SIGNED_IN: 401,
  SIGN_IN_REFUSED: 401,
  CODE_REQUIRED: 401,
  CODE_REFUSED: 401,
  LOCKED: 423,
  NOT_FOUND: 404,
  INVALID_ARGUMENT: 422,
  SELF_TEST: 422,
  TOO_MANY_ENTRIES: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  TOO_MANY_REQUESTS: 429,
  MESSAGE_ID_REUSED: 409,
  WRONG_STATE: 409,
  CONTENT_CHANGED: 409,
  ALREADY_EXISTS: 409,
  REQUEST_REUSED: 409,
  STILL_UNREADABLE: 409,
  IN_FLIGHT: 409,
  FILE_DIFFERS: 409,
  ROLE_NOT_ALLOWED: 403,
  POST_MISSING: 403,
  OUT_OF_SCOPE: 404,
  SAME_PERSON: 403,
  WRONG_BANK: 403,
  CSRF: 403,
  NAMED_UNIT: 403,
  REAUTHENTICATE: 403,
  NOT_A_MEMBER: 403,
  MUST_CHANGE_PASSWORD: 403,
  USER_DISABLED: 403,
  MSP_MISMATCH: 403,
  FORBIDDEN: 403,
  FLOW_NOT_OWN_BANK: 403,
  NOT_PAYER: 403,
};

const httpError = z.object({
  status: z.number().default(500),
  code: z.unknown().transform(String).default(''),
});

/** What an error answers. */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors: readonly { readonly pointer: string; readonly message: string }[];
}

/** The answer for an error; 500 for anything that is not one of ours. */
export function problemOf(error: unknown): Problem {
  if (error instanceof InputError) {
    const errors = Object.entries(error.fields).map(([field, key]) => ({
      pointer: `/${field}`,
      message: label(key),
    }));
    return { status: 422, code: 'INVALID_INPUT', detail: errors.map((one) => one.message).join(' '), errors };
  }
  if (error instanceof DomainError)
    return {
      status: statusOfCode[error.code] ?? 409,
      code: error.code,
      detail: refusalText(error.code),
      errors: issuesOf(error.details),
    };
  if (error instanceof z.ZodError)
    return {
      status: 422,
      code: 'INVALID_INPUT',
      detail: label('error.text.422'),
      errors: error.issues.map(({ path, message }) => ({ pointer: `/${path.join('/')}`, message })),
    };
  if (error instanceof CorruptFile)
    return { status: 409, code: 'FILE_DIFFERS', detail: refusalText('FILE_DIFFERS'), errors: [] };
  if (isAway(error)) return { status: 503, code: 'UNAVAILABLE', detail: label('error.text.503'), errors: [] };
  return { ...ofHttp(error), errors: [] };
}

const refusedIssues = z.object({ issues: z.array(z.object({ path: z.string(), message: z.string() })) });

/** The places that a contract names when it refuses its arguments. */
function issuesOf(details: DomainError['details']): Problem['errors'] {
  const read = refusedIssues.safeParse(details);
  if (!read.success) return [];
  return read.data.issues.map(({ path, message }) => ({ pointer: `/${path}`, message }));
}

/** Answers in the form the request asked for; logs what nobody foresaw. */
export function errorHandler(log: Logger): ErrorRequestHandler {
  return (error: unknown, req, res, next) => {
    const problem = problemOf(error);
    const requestId = String(res.locals.requestId ?? '');
    if (problem.status >= 500) log.error({ requestId, err: error, code: problem.code }, 'request failed');
    else log.info({ requestId, code: problem.code, status: problem.status }, 'request refused');
    if (res.headersSent) {
      // A connection that goes on with the next request is not cut for what came after the answer.
      if (res.writableEnded) return;
      next(error);
      return;
    }
    if (problem.status === 503) res.setHeader('Retry-After', '5');
    res.status(problem.status);
    if (req.path.startsWith('/api/'))
      res.type('application/problem+json').send(JSON.stringify(problemJson(problem, requestId)));
    else
      res.render('error', {
        problem,
        requestId,
        title: label(`error.title.${problem.status}`, label('error.title.409')),
      });
  };
}

/** Nothing else answered. */
export const notFound: RequestHandler = (_req, _res, next) => {
  next(new DomainError('NOT_FOUND', 'no such page'));
};

function problemJson(problem: Problem, requestId: string): object {
  const { status, code, detail, errors } = problem;
  return {
    type: 'about:blank',
    title: label(`error.title.${status}`, code),
    status,
    code,
    detail,
    errors,
    requestId,
  };
}

function isAway(error: unknown): boolean {
  if (error instanceof InfrastructureError) return true;
  // ioredis gives its time-out no name of its own.
  if (error instanceof Error && error.message === 'Command timed out') return true;
  if (error instanceof Error && error.name === 'MongoBulkWriteError') return hadNoAnswer(error);
  return (
    error instanceof Error &&
    /^(MongoServerSelection|MongoNetwork|MongoNotConnected|MongoPoolCleared|MongoTopologyClosed|MongooseServerSelection|MaxRetriesPerRequest)/.test(
      error.name,
    )
  );
}

/** The driver gives a bulk write whose connection broke the name of a refused one; only the server's refusals have a code. */
function hadNoAnswer(error: Error): boolean {
  const code: unknown = 'code' in error ? error.code : undefined;
  return typeof code !== 'number';
}

/** Errors of Express' own parsers carry a status, those of the CSRF check a code. */
function ofHttp(error: unknown): Omit<Problem, 'errors'> {
  const { status, code } = httpError.catch({ status: 500, code: '' }).parse(error);
  if (code === 'EBADCSRFTOKEN') return { status: 403, code: 'CSRF', detail: refusalText('CSRF') };
  if (status === 413) return { status, code: 'TOO_LARGE', detail: label('error.text.422') };
  const isClients = status >= 400 && status < 500;
  return isClients
    ? { status, code: 'BAD_REQUEST', detail: label('error.text.422') }
    : { status: 500, code: 'INTERNAL', detail: label('error.text.500') };
}
