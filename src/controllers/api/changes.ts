/** Carries out the API's changes: rights, scope, body, idempotency key, then one transaction and its receipt. */
import { createHash } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import type { Platform } from '../../compose.ts';
import { confirmedForMs, personOf } from '../../middleware/person.ts';
import { DomainError, InputError } from '../../models/kernel/errors.ts';
import type { Person } from '../../models/member/person.ts';
import { whyNot } from '../../models/member/rights.rules.ts';
import { subjectOf } from './subjects.ts';
import type { Change, Given, Params, Written } from './types.ts';
import { checked, send, textOf } from './wire.ts';

/** How long an answer is kept for repeats, s; after that the ledger itself still knows the request. */
const keptSeconds = 24 * 3600;
const keptAnswer = z.object({ hash: z.string(), answer: z.string() });

/** The handler of one row of the table. */
export function changing(platform: Platform, one: Change): RequestHandler {
  return async (req, res) => {
    const person = personOf(req);
    const requestId = requestIdOf(req, person);
    const body = checked(one.body, req.body ?? {});
    const hash = sha256(`${one.method} ${req.originalUrl}\n${textOf(body)}`);
    const first = await firstAnswer(platform, requestId, hash);
    if (first !== null) {
      res.setHeader('Idempotent-Replayed', 'true');
      res.status(201).type('application/json').send(first);
      return;
    }
    if (one.money === true) requireFresh(res);
    const given = await prepare(platform, one, { person, params: req.params as Params, body, requestId });
    const { secret, ...answer } = await carryOut(one, given);
    const kept = JSON.stringify({ hash, answer: textOf(answer) });
    // It stands on the ledger, which knows the request too: an answer that cannot be kept is no failure.
    await platform.quickRedis.set(`api-answer:${requestId}`, kept, 'EX', keptSeconds).catch(() => undefined);
    send(res, 201, { ...answer, ...secret });
  };
}

/** @throws DomainError REAUTHENTICATE when the password was given for this token too long ago */
function requireFresh(res: Response): void {
  const confirmedAt: unknown = res.locals.confirmedAt;
  const age = confirmedAt instanceof Date ? Date.now() - confirmedAt.getTime() : Infinity;
  if (age < confirmedForMs) return;
  throw new DomainError('REAUTHENTICATE', 'give the password again at POST /sessions/confirm');
}

async function prepare(
  platform: Platform,
  one: Change,
  asked: Pick<Given<unknown, never>, 'person' | 'params' | 'body' | 'requestId'>,
): Promise<Given<unknown, never>> {
  const { person, params, requestId } = asked;
  // Scope before rights: whoever may not see an object is not told that it is there.
  const doc =
    one.subject === undefined
      ? null
      : await subjectOf(platform.models, person, { kind: one.subject.kind, id: one.subject.id(params) });
  const reason = one.right === undefined ? null : whyNot(person, one.right, {});
  if (reason !== null) throw new DomainError(reason, `${person.userId} may not ${one.right}`);
  return {
    ...asked,
    platform,
    doc: doc as never,
    once: async (name, make) => onceOnly(platform, `api-once:${requestId}:${name}`, make),
  };
}

async function carryOut(one: Change, given: Given<unknown, never>): Promise<Written> {
  if (one.run !== undefined) return one.run(given);
  if (one.call === undefined) throw new Error(`${one.path} has nothing to do`);
  const { contract, fn, args } = await one.call(given);
  return given.platform.services.actions.act(given.person.userId, {
    contract,
    fn,
    args: { ...args, requestId: given.requestId },
  });
}

/** The person's own key, so that two people may choose the same. @throws InputError when there is none */
function requestIdOf(req: Request, person: Person): string {
  const key = req.get('idempotency-key') ?? '';
  if (!/^[\x21-\x7e]{8,200}$/.test(key)) throw new InputError({ 'Idempotency-Key': 'api.keyNeeded' });
  return `api-${sha256(`${person.userId}\n${key}`).slice(0, 48)}`;
}

async function firstAnswer(
  { quickRedis: redis }: Pick<Platform, 'quickRedis'>,
  requestId: string,
  hash: string,
): Promise<string | null> {
  const text = await redis.get(`api-answer:${requestId}`);
  if (text === null) return null;
  const kept = keptAnswer.parse(JSON.parse(text));
  if (kept.hash !== hash) throw new DomainError('REQUEST_REUSED', 'this key came with another request');
  return kept.answer;
}

async function onceOnly<T>(
  { quickRedis: redis }: Pick<Platform, 'quickRedis'>,
  key: string,
  make: () => Promise<T>,
): Promise<T> {
  const known = await redis.get(key);
  if (known !== null) return JSON.parse(known) as T;
  await redis.set(key, textOf(await make()), 'EX', keptSeconds, 'NX');
  return JSON.parse((await redis.get(key)) ?? 'null') as T;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
