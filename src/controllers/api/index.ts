/** The JSON API under /api/v1: tables of changes, lists and questions, each behind a bearer token. */
import { json, Router, type RequestHandler } from 'express';
import { z } from 'zod';
import type { Platform } from '../../compose.ts';
import { liveRoutes } from '../live.controller.ts';
import { notFound } from '../../middleware/errors.ts';
import { alertChanges } from './alert.changes.ts';
import { uploadEvidence } from './evidence.upload.ts';
import { bankChanges, bankQuestions } from './bank.changes.ts';
import { bearer, confirmAgain, showMe, signIn, signOut } from './bearer.ts';
import { changing } from './changes.ts';
import { draftChanges } from './draft.changes.ts';
import { fundChanges } from './fund.changes.ts';
import { askedOf, asOfBlock, listing, single } from './lists.ts';
import { openApiDocument, type ApiTables } from './openapi.ts';
import { matchChanges } from './match.changes.ts';
import { memberChanges } from './member.changes.ts';
import { ownChanges, ownQuestions } from './own.calls.ts';
import { operationChanges } from './operation.changes.ts';
import { profileChanges, profileQuestions } from './profile.calls.ts';
import { projectChanges } from './project.changes.ts';
import { questions } from './questions.ts';
import { resources } from './resources.ts';
import { statementChanges, statementQuestions, uploadStatement } from './statement.calls.ts';
import { expressPath, type Question } from './types.ts';
import { checked, send } from './wire.ts';

/** Where the API is mounted. */
export const apiPath = '/api/v1';

/** Everything the API answers. */
export const apiTables: ApiTables = {
  changes: [
    ...projectChanges,
    ...draftChanges,
    ...matchChanges,
    ...alertChanges,
    ...fundChanges,
    ...memberChanges,
    ...operationChanges,
    ...ownChanges,
    ...bankChanges,
    ...statementChanges,
    ...profileChanges,
  ],
  resources,
  questions: [...questions, ...ownQuestions, ...bankQuestions, ...statementQuestions, ...profileQuestions],
};

/** Routes below /api/v1; errors go on to the application's error handler, which answers problem+json. */
export function jsonApi(platform: Platform): Router {
  const router = Router();
  const document = openApiDocument(apiTables, apiPath);
  router.get('/openapi.json', (_req, res) => send(res, 200, document));
  router.use(json({ limit: '1mb' }));
  router.post('/sessions', signIn(platform));
  router.use(bearer(platform));
  router.delete('/sessions', signOut(platform));
  router.post('/sessions/confirm', confirmAgain(platform));
  router.get('/me', showMe);
  router.post('/evidence', uploadEvidence(platform));
  router.post('/statements', uploadStatement(platform));
  router.use(liveRoutes(platform));
  for (const one of apiTables.changes) router[one.method](expressPath(one.path), changing(platform, one));
  for (const one of apiTables.questions) router.get(expressPath(one.path), answering(platform, one));
  for (const one of apiTables.resources) {
    router.get(expressPath(one.path), listing(platform, one));
    if (one.listOnly !== true) router.get(expressPath(`${one.path}/{id}`), single(platform, one));
  }
  router.use(notFound);
  return router;
}

const answers = z.record(z.string(), z.unknown());
const texts = z.record(z.string(), z.union([z.string(), z.number()]).transform(String));

function answering(platform: Platform, one: Question): RequestHandler {
  return async (req, res) => {
    const query = one.query === undefined ? {} : texts.parse(checked(one.query, req.query));
    const answer = answers.parse(await one.answer(askedOf(platform, req, query)));
    send(res, 200, { ...answer, asOfBlock: await asOfBlock(platform) });
  };
}
