/** The interface banks program against: flows, heartbeat, and a bank's question about its own flow. */
import { Router, raw, type Request, type Response, type RequestHandler } from 'express';
import type { AuthenticatedBank, BankService } from '../models/bank/bank.service.ts';
import type { RefusedSignatures } from '../models/bank/refused-signatures.service.ts';
import type { InboxService } from '../models/inbox/inbox.service.ts';
import { InboxFlowModel } from '../models/inbox/inbox.schema.ts';
import { DomainError } from '../models/kernel/errors.ts';

/** Largest body, bytes. */
const bodyLimit = 1024 * 1024;

/** Counts messages and failures; says how long to wait when there were too many. */
export interface PushLimits {
  /** @returns seconds to wait, or 0 when the bank may push now */
  message(bankId: string): Promise<number>;
  /** @returns seconds to wait, or 0; counts one more failed authentication when `failed` */
  failures(address: string, failed: boolean): Promise<number>;
}

/** The services behind the bank's endpoints, with the limits on pushes. */
export interface BankApiDeps {
  readonly banks: BankService;
  readonly inbox: InboxService;
  readonly refusedSignatures: RefusedSignatures;
  readonly limits: PushLimits;
}

/** Routes under /api/v1/bank; mounted before any body parser, session or CSRF check. */
export function bankApi(deps: BankApiDeps): Router {
  const router = Router();
  const signed = [jsonUtf8, raw({ type: () => true, limit: bodyLimit, inflate: false }), authenticate(deps)];
  router.post('/flows', signed, async (req: Request, res: Response) => {
    const bank = bankOf(res);
    const results = await deps.inbox.receive({
      bankId: bank.bankId,
      feedUserId: bank.feedUserId,
      webhookId: req.get('webhook-id') ?? '',
      raw: bodyOf(req),
    });
    await deps.banks.heard(bank, 'push');
    res.status(202).json({ results });
  });
  router.post('/heartbeat', signed, async (_req: Request, res: Response) => {
    await deps.banks.heard(bankOf(res), 'heartbeat');
    res.status(202).json({ result: 'heard' });
  });
  router.get('/flows/:flowId', authenticate(deps), async (req: Request, res: Response) => {
    const flow = await InboxFlowModel.findOne({
      _id: String(req.params.flowId),
      bankId: bankOf(res).bankId,
    }).lean();
    if (flow === null) throw new DomainError('NOT_FOUND', 'no such flow of this bank');
    const deliveries = flow.deliveries.map(({ kind, state, txId, outcome }) => ({
      kind,
      state,
      transactionId: txId,
      outcome,
    }));
    res.json({
      flowId: flow._id,
      serialNo: flow.serialNo,
      status: flow.status,
      state: flow.state,
      receivedAt: flow.receivedAt,
      deliveries,
    });
  });
  return router;
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

function authenticate({ banks, limits, refusedSignatures }: BankApiDeps): RequestHandler {
  return async (req, res, next) => {
    const address = req.ip ?? 'unknown';
    refuseWhenAbove(await limits.failures(address, false), res);
    const header = (name: string): string => req.get(name) ?? '';
    const headers = {
      id: header('webhook-id'),
      timestamp: header('webhook-timestamp'),
      signature: header('webhook-signature'),
    };
    const bank = await banks.authenticate(header('bank-id'), headers, bodyOf(req));
    if (bank === null) {
      await limits.failures(address, true);
      await refusedSignatures.note(header('bank-id'));
      throw new DomainError('NOT_AUTHENTICATED', 'the message is not authentic');
    }
    refuseWhenAbove(await limits.message(bank.bankId), res);
    res.locals.bank = bank;
    next();
  };
}

function refuseWhenAbove(seconds: number, res: Response): void {
  if (seconds === 0) return;
  res.setHeader('Retry-After', String(seconds));
  throw new DomainError('TOO_MANY_REQUESTS', 'too many messages');
}

function bankOf(res: Response): AuthenticatedBank {
  return res.locals.bank as AuthenticatedBank;
}

function bodyOf(req: Request): Buffer {
  return Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0);
}
