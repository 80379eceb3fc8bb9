/** The interface banks program against: flows, heartbeat, self-test, and a bank's question about its own flow. */
import { Router, raw, type Request, type Response, type RequestHandler } from 'express';
import { heldBody, takeStatement, tellStatement, type StatementApiDeps } from './bank-statements.api.ts';
import { bodyInTime } from '../middleware/body-in-time.ts';
import { callerOf } from '../middleware/caller.ts';
import type { AuthenticatedBank, BankDoor } from '../models/bank/bank-door.service.ts';
import type { Caller } from '../models/bank/caller.rules.ts';
import type { RefusedSignatures } from '../models/bank/refused-signatures.service.ts';
import type { InboxService } from '../models/inbox/inbox.service.ts';
import { InboxFlowModel } from '../models/inbox/inbox.schema.ts';
import type { PreviewService } from '../models/inbox/preview.service.ts';
import { DomainError } from '../models/kernel/errors.ts';
import type { SystemAlertService } from '../models/system-alert/system-alert.service.ts';

/** Largest body, bytes. */
const bodyLimit = 1024 * 1024;

/** Counts messages and failures; says how long to wait when there were too many. */
export interface PushLimits {
  /** @param perSecond the bank's own rate; null = the installation's. @returns seconds to wait, or 0 when the bank may push now */
  message(bankId: string, perSecond: number | null): Promise<number>;
  /** @returns seconds that the address must wait, or 0 */
  blocked(address: string): Promise<number>;
  /** Counts a failed authentication. */
  failed(address: string): Promise<void>;
}

/** The services behind the bank's endpoints, with the limits on pushes. */
export interface BankApiDeps extends StatementApiDeps {
  readonly bankDoor: BankDoor;
  readonly inbox: InboxService;
  readonly previews: PreviewService;
  readonly refusedSignatures: RefusedSignatures;
  readonly systemAlerts: SystemAlertService;
  readonly limits: PushLimits;
  /** Header with the client certificate from the trusted proxy, or `none`. */
  readonly certificateHeader: string;
  /** Time that a body may take, s. */
  readonly bodySeconds: number;
}

/** Routes under /api/v1/bank; mounted before any body parser, session or CSRF check. */
export function bankApi(deps: BankApiDeps): Router {
  const router = Router();
  router.use((_req, res, next) => {
    res.setHeader('X-Content-Type-Options', 'nosniff');
    res.setHeader('Cache-Control', 'no-store');
    next();
  });
  const { bankDoor, inbox, previews } = deps;
  const body = raw({ type: () => true, limit: bodyLimit, inflate: false });
  const knock = [mayKnock(deps)];
  const signed = [...knock, jsonUtf8, bodyInTime(deps.bodySeconds), body, authenticate(deps)];
  router.post('/flows', signed, async (req: Request, res: Response) => {
    const bank = bankOf(res);
    const { bankId, feedUserId } = bank;
    const message = { bankId, feedUserId, webhookId: req.get('webhook-id') ?? '', raw: bodyOf(req) };
    const results = await inbox.receive(message).catch((error: unknown) => report(deps, bankId, error));
    await bankDoor.heard(bank, 'push');
    answer(res, 202, { results });
  });
  router.post('/heartbeat', signed, async (_req: Request, res: Response) => {
    await bankDoor.heard(bankOf(res), 'heartbeat');
    answer(res, 202, { result: 'heard' });
  });
  router.post('/self-test', signed, async (req: Request, res: Response) => {
    const { bankId, keyId, algorithm, skewMs } = bankOf(res);
    const { address } = callerIn(res);
    const understood = await previews.preview({
      bankId,
      webhookId: req.get('webhook-id') ?? '',
      raw: bodyOf(req),
    });
    res.json({ bankId, keyId, algorithm, skewMs, address, ...understood });
  });
  const brought = [...knock, bodyInTime(deps.bodySeconds * 10), heldBody(deps), authenticate(deps)];
  router.post('/statements', brought, takeStatement(deps));
  router.get('/statements/:statementId', knock, authenticate(deps), tellStatement);
  router.get('/flows/:flowId', knock, authenticate(deps), async (req: Request, res: Response) => {
    res.json(await flowOf(bankOf(res).bankId, String(req.params.flowId)));
  });
  return router;
}

/** @throws DomainError NOT_FOUND for a flow of another bank, too */
async function flowOf(bankId: string, flowId: string): Promise<object> {
  const flow = await InboxFlowModel.findOne({ _id: flowId, bankId }).lean();
  if (flow === null) throw new DomainError('NOT_FOUND', 'no such flow of this bank');
  const { serialNo, status, state, receivedAt } = flow;
  const deliveries = flow.deliveries.map((one) => ({
    kind: one.kind,
    state: one.state,
    transactionId: one.txId,
    outcome: one.outcome,
  }));
  return { flowId, serialNo, status, state, receivedAt, deliveries };
}

const jsonUtf8: RequestHandler = (req, _res, next) => {
  const [type, ...parameters] = (req.get('content-type') ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const charset = parameters.find((part) => part.startsWith('charset='));
  if (
    type !== 'application/json' ||
    (charset !== undefined && charset.replaceAll('"', '') !== 'charset=utf-8')
  )
    throw new DomainError('UNSUPPORTED_MEDIA_TYPE', 'send application/json; charset=utf-8');
  if (req.get('content-encoding') !== undefined)
    throw new DomainError('UNSUPPORTED_MEDIA_TYPE', 'send the body uncompressed');
  next();
};

/** Before a byte of the body is read: is the address blocked, and may this caller knock for this bank. */
function mayKnock(deps: BankApiDeps): RequestHandler {
  return async (req, res, next) => {
    const caller = callerOf(req, deps.certificateHeader);
    const bankId = req.get('bank-id') ?? '';
    const [wait, may] = await Promise.all([
      deps.limits.blocked(caller.address),
      deps.bankDoor.mayKnock(bankId, caller),
    ]);
    refuseWhenAbove(wait, res);
    res.locals.caller = caller;
    if (!may) await refuse(deps, caller, bankId);
    next();
  };
}

function authenticate(deps: BankApiDeps): RequestHandler {
  return async (req, res, next) => {
    const caller = callerIn(res);
    const header = (name: string): string => req.get(name) ?? '';
    const headers = {
      id: header('webhook-id'),
      timestamp: header('webhook-timestamp'),
      signature: header('webhook-signature'),
    };
    const bankId = header('bank-id');
    const bank = await deps.bankDoor.authenticate({ bankId, headers, body: bodyOf(req), caller });
    if (bank === null) return refuse(deps, caller, bankId);
    refuseWhenAbove(await deps.limits.message(bank.bankId, bank.ratePerSecond), res);
    res.locals.bank = bank;
    next();
  };
}

/** One and the same answer for every failure. */
async function refuse(
  { limits, refusedSignatures }: BankApiDeps,
  caller: Caller,
  bankId: string,
): Promise<never> {
  await Promise.all([limits.failed(caller.address), refusedSignatures.note(bankId)]);
  throw new DomainError('NOT_AUTHENTICATED', 'the message is not authentic');
}

/** An authentic message that names another bank is more than a refusal: somebody must look. */
async function report({ systemAlerts }: BankApiDeps, bankId: string, error: unknown): Promise<never> {
  if (error instanceof DomainError && error.code === 'WRONG_BANK')
    await systemAlerts.raise({
      rule: 'E03',
      level: 'red',
      subject: bankId,
      responsibleOrgId: bankId,
      text: error.code,
    });
  throw error;
}

function refuseWhenAbove(seconds: number, res: Response): void {
  if (seconds === 0) return;
  res.setHeader('Retry-After', String(seconds));
  throw new DomainError('TOO_MANY_REQUESTS', 'too many messages');
}

/** Without the entity tag that Express computes for every answer: nobody asks a second time for the same one. */
function answer(res: Response, status: number, value: object): void {
  res.statusCode = status;
  res.setHeader('Content-Type', 'application/json; charset=utf-8');
  res.end(JSON.stringify(value));
}

function bankOf(res: Response): AuthenticatedBank {
  return res.locals.bank as AuthenticatedBank;
}

function callerIn(res: Response): Caller {
  return res.locals.caller as Caller;
}

function bodyOf(req: Request): Buffer {
  return Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
}
