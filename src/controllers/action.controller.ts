/** One page for every action: what will be written, the form, then a receipt with the transaction id. */
import { randomUUID } from 'node:crypto';
import { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import type { Platform } from '../compose.ts';
import { label, refusalText, t } from '../messages/index.ts';
import { isRecentlyConfirmed, personOf } from '../middleware/person.ts';
import { problemOf } from '../middleware/errors.ts';
import type { OpenedAction } from '../models/action/action.service.ts';
import { typedValues } from '../models/action/input.rules.ts';
import { DomainError, InputError } from '../models/kernel/errors.ts';
import type { ActionReceipt } from '../models/ledger-action/ledger-action.service.ts';
import { paths } from '../paths.ts';
import { readUpload } from './upload.ts';

const posted = z.record(z.string(), z.unknown());
const token = z.string().regex(/^web-[0-9a-f-]{36}$/);

/** Routes of every page action: its form, and its receipt. */
export function actionRoutes({ services }: Platform): Router {
  const router = Router();
  router.get('/actions/:id/:subject', async (req, res) => {
    const opened = await services.pageActions.open(personOf(req), req.params.id, req.params.subject);
    if (sentToConfirm(req, res, opened)) return;
    show(res, opened, { values: initialOf(opened), requestId: `web-${randomUUID()}` });
  });
  router.post('/actions/:id/:subject', async (req, res) => {
    const opened = await services.pageActions.open(personOf(req), req.params.id, req.params.subject);
    if (sentToConfirm(req, res, opened)) return;
    const body = posted.parse(req.body);
    const requestId = token.catch(() => `web-${randomUUID()}`).parse(body.requestId);
    const again = (errors: Record<string, string>, problem?: string): void => {
      res.status(422);
      show(res, opened, {
        values: typedValues(opened.fields, body),
        requestId,
        errors,
        ...(problem === undefined ? {} : { problem }),
      });
    };
    const read = services.pageActions.read(opened, body);
    if ('errors' in read) {
      again(read.errors);
      return;
    }
    try {
      const receipt = await services.pageActions.perform(personOf(req), opened, {
        input: read.input,
        requestId,
      });
      showReceipt(res, {
        title: label(opened.action.title),
        receipt,
        back: opened.action.back(opened.doc, read.input, personOf(req)),
      });
    } catch (error) {
      if (error instanceof InputError) again(texts(error));
      else if (error instanceof DomainError && problemOf(error).status !== 404)
        again({}, refusalText(error.code));
      else throw error;
    }
  });
  router.post('/actions/:id/:subject/files', async (req, res) => {
    const person = personOf(req);
    const opened = await services.pageActions.open(person, req.params.id, req.params.subject);
    const owner = opened.action.filesFor?.(opened.doc);
    if (owner === undefined) throw new DomainError('NOT_FOUND', 'this action takes no files');
    try {
      await readUpload(req, (file, name) => services.files.upload(file, { person, owner, name }));
      req.session.notice = t('action.fileKept');
      res.redirect(303, req.originalUrl.replace(/\/files$/, ''));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      res.status(422);
      show(res, opened, {
        values: initialOf(opened),
        requestId: `web-${randomUUID()}`,
        errors: texts(error),
      });
    }
  });
  return router;
}

function initialOf({ fields }: OpenedAction): Record<string, string> {
  return Object.fromEntries(fields.map((field) => [field.name, field.initial ?? '']));
}

function texts({ fields }: InputError): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, key]) => [name, label(key)]));
}

/** Shows what a committed action wrote; a refusal that the ledger keeps is told as such. */
export function showReceipt(
  res: Response,
  shown: { title: string; receipt: ActionReceipt; back: string },
): void {
  const { receipt } = shown;
  const result = z
    .object({
      outcome: z.string().optional(),
      state: z.string().optional(),
      checks: z.array(z.unknown()).default([]),
    })
    .catch({ checks: [] })
    .parse(receipt.result);
  const word = result.outcome === 'REFUSED' ? 'REFUSED' : (result.state ?? '');
  res.render('actions/receipt', {
    ...shown,
    result,
    refused: result.outcome === 'REFUSED' || result.state === 'MISMATCH',
    sentence: label(`outcome.${word}`, ''),
  });
}

function show(
  res: Response,
  opened: OpenedAction,
  more: {
    values: Record<string, string>;
    requestId: string;
    errors?: Record<string, string>;
    problem?: string;
  },
): void {
  const { action, doc, fields } = opened;
  res.render('actions/form', {
    title: t(action.title),
    action,
    fields,
    lines: action.summary(doc),
    takesFiles: action.filesFor !== undefined,
    formPath: res.req.originalUrl.replace(/(\/files)?(\?.*)?$/, ''),
    back: action.back(doc, {}, opened.person),
    errors: {},
    ...more,
  });
}

function sentToConfirm(req: Request, res: Response, { action }: OpenedAction): boolean {
  if (action.money !== true || isRecentlyConfirmed(req)) return false;
  res.redirect(303, `${paths.reauthenticate}?next=${encodeURIComponent(req.originalUrl)}`);
  return true;
}
