/** Statements from a bank's own system: streamed to disk, and kept only when the signature over the whole file is good. */
import { readFile } from 'node:fs/promises';
import type { Request, RequestHandler, Response } from 'express';
import type { AuthenticatedBank } from '../models/bank/bank-door.service.ts';
import { DomainError, InputError } from '../models/kernel/errors.ts';
import { limits } from '../models/statement/parse/part.ts';
import type { HeldFile, StatementFileStore } from '../models/statement/statement-file.store.ts';
import { StatementModel, StatementRowModel, type Statement } from '../models/statement/statement.schema.ts';
import type { StatementService } from '../models/statement/statement.service.ts';

/** What the endpoints for statements need. */
export interface StatementApiDeps {
  readonly statements: StatementService;
  readonly statementFiles: StatementFileStore;
}

/** Types of content that statements come in; the bytes decide what it is. */
const types = [
  'application/xml',
  'text/xml',
  'text/csv',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/octet-stream',
];
/** Files up to this size are read before the answer; larger ones by the worker, bytes. */
const readAtOnce = 1024 * 1024;
/** Bodies that may arrive at the same time: whoever has no key must not fill the disk. */
const maxInHand = 8;
/** Refused rows that an answer lists. */
const listedRows = 100;

/** Streams the body to disk and puts it, for the signature check, on `req.body`; dropped when the answer is out and nobody kept it. */
export function heldBody({ statementFiles }: StatementApiDeps): RequestHandler {
  const oneByOne = new Turnstile();
  let inHand = 0;
  return async (req, res, next) => {
    const type = (req.get('content-type') ?? '').toLowerCase().split(';')[0]?.trim() ?? '';
    if (!types.includes(type) || req.get('content-encoding') !== undefined)
      throw new DomainError('UNSUPPORTED_MEDIA_TYPE', 'send camt XML, CSV or XLSX, uncompressed');
    if (Number(req.get('content-length') ?? 0) > limits.fileBytes) throw tooLarge();
    if (inHand >= maxInHand) {
      res.setHeader('Retry-After', '10');
      throw new DomainError('TOO_MANY_REQUESTS', 'too many statements at once');
    }
    inHand += 1;
    res.once('close', () => (inHand -= 1));
    const held = await statementFiles.hold(req).catch((cause: unknown) => {
      throw cause instanceof InputError && cause.fields.file === 'file.tooLarge' ? tooLarge() : cause;
    });
    res.once('close', () => void statementFiles.drop(held).catch(() => undefined));
    res.locals.held = held;
    const leave = await oneByOne.enter();
    res.once('close', leave);
    req.body = await readFile(held.heldAt);
    next();
  };
}

/** POST: takes the statement in; small ones are read at once. */
export function takeStatement({ statements, statementFiles }: StatementApiDeps): RequestHandler {
  return async (req: Request, res: Response) => {
    const { bankId, feedUserId } = res.locals.bank as AuthenticatedBank;
    req.body = undefined;
    const file = await statementFiles.keep(res.locals.held as HeldFile);
    const brought = {
      bankId,
      orgId: bankId,
      source: 'bank-api',
      userId: feedUserId,
      fileName: '',
      account: '',
    } as const;
    const { _id } = await statements.note({ ...brought, webhookId: req.get('webhook-id') ?? '' }, file);
    if (file.size <= readAtOnce) await statements.work(_id);
    res.status(202).json(await answerOf(bankId, _id));
  };
}

/** GET: what became of a statement of this bank. */
export const tellStatement: RequestHandler = async (req, res) => {
  const { bankId } = res.locals.bank as AuthenticatedBank;
  res.json(await answerOf(bankId, String(req.params.statementId)));
};

/** @throws DomainError NOT_FOUND for a statement of another bank, too */
async function answerOf(bankId: string, id: string): Promise<object> {
  const found = await StatementModel.findOne({ _id: id, orgId: bankId }).lean<Statement>();
  if (found === null) throw new DomainError('NOT_FOUND', 'no such statement of this bank');
  const rows = await StatementRowModel.find({ statementId: id, state: 'refused' })
    .sort({ row: 1 })
    .limit(listedRows)
    .lean();
  const { state, format, sha256, size, fault, counts, taken } = found;
  return {
    statementId: id,
    ...{ state, format, sha256, size, fault, counts, taken },
    refusedRows: rows.map(({ row, serialNo, reason, found: what }) => ({
      row,
      serialNo,
      reason,
      found: what,
    })),
    accounts: found.sections.map((one) => ({
      account: one.account,
      from: one.from,
      to: one.to,
      openingFen: one.openingFen?.toString() ?? null,
      closingFen: one.closingFen?.toString() ?? null,
      debitFen: one.debitFen.toString(),
      creditFen: one.creditFen.toString(),
      proofs: one.proofs,
      missingCount: one.missingCount,
      missing: one.missing,
    })),
  };
}

function tooLarge(): Error {
  return Object.assign(new Error('statement too large'), { status: 413 });
}

/** Lets one body at a time through, because its signature is checked over the whole of it in memory. */
class Turnstile {
  #last: Promise<void> = Promise.resolve();

  /** @returns what to call on leaving */
  async enter(): Promise<() => void> {
    const before = this.#last;
    let leave: () => void = () => undefined;
    this.#last = new Promise((resolve) => (leave = resolve));
    await before;
    return leave;
  }
}
