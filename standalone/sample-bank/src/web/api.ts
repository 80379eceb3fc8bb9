/** The JSON interface for scripts. */

import { z } from 'zod';
import type { Account } from '../books/accounts.ts';
import { transferRequest } from '../books/transfer-request.ts';
import type { Transfer } from '../books/transfers.ts';
import { beijingDate } from '../clock.ts';
import { Fault } from '../fault.ts';
import { choose, ownAlgorithms, publicKeyFor, signers } from '../push/keys.ts';
import { accountSetup } from '../setup.ts';
import type { Bank } from '../setup.ts';
import type { WebDeps } from './views.ts';

/** One call: method, path in parts after /api, body and query. */
export interface Call {
  readonly method: string;
  readonly parts: readonly string[];
  readonly body: unknown;
  readonly query: URLSearchParams;
}

type Handler = (deps: WebDeps, call: Call) => unknown;

const keySchema = z.object({ algorithm: z.enum(ownAlgorithms) });
const signerSchema = z.object({ signer: z.enum(signers) });
const onSchema = z.object({ on: z.boolean() });
const offsetSchema = z.object({ offsetDays: z.int().min(0).max(3650) });

const handlers: Readonly<Record<string, Handler>> = {
  'GET accounts': ({ bank }) => bank.accounts.list().map(accountJson),
  'POST accounts': (deps, { body }) => openAccount(deps, body),
  'GET transfers': ({ bank }, { query }) =>
    bank.transfers.list(limitOf(query)).map((transfer) => transferJson({ bank }, transfer)),
  'POST transfers': ({ bank }, { body }) => bank.transfer(checked(transferRequest, body)),
  'GET transfers *': ({ bank }, { parts }) => transferJson({ bank }, bank.transfers.get(parts[1] ?? '')),
  'POST transfers * reverse': ({ bank }, { parts }) => bank.reverse(parts[1] ?? ''),
  'POST transfers * push': ({ bank }, { parts }) => ({ pushes: bank.push(parts[1] ?? '') }),
  'GET banks': (deps) => banksJson(deps),
  'POST banks * silence': (deps, { parts, body }) => silence(deps, parts[1] ?? '', body),
  'POST banks * keys': (deps, { parts, body }) => makeKey(deps, parts[1] ?? '', body),
  'POST banks * signer': (deps, { parts, body }) => chooseSigner(deps, parts[1] ?? '', body),
  'GET clock': ({ bank }) => clockJson({ bank }),
  'POST clock': ({ bank }, { body }) => {
    bank.settings.offsetDays = checked(offsetSchema, body).offsetDays;
    return clockJson({ bank });
  },
};

/**
 * @returns the answer, to be written as JSON
 * @throws Fault when there is no such call, or it is refused
 */
export function answerCall(deps: WebDeps, call: Call): unknown {
  const pattern = call.parts.map((part, index) => (index === 1 ? '*' : part)).join(' ');
  const handler = handlers[`${call.method} ${pattern}`];
  if (!handler) throw new Fault('not-found', 'No such call; see the README of the sample bank.');
  if (!deps.setup.current) {
    throw new Fault('not-ready', `setup.json cannot be used yet: ${deps.setup.fault ?? 'it does not exist'}`);
  }
  return handler(deps, call);
}

/** @throws Fault with a sentence for every field that is wrong */
export function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const sentences = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new Fault('bad-input', `${sentences.join('；')}。`);
}

function openAccount({ bank, setup }: WebDeps, body: unknown): unknown {
  const opening = checked(accountSetup, body);
  if (!setup.current?.banks.some(({ bankId }) => bankId === opening.bankId)) {
    throw new Fault('not-found', `没有银行 ${opening.bankId}。`);
  }
  bank.accounts.open(opening);
  return accountJson(bank.accounts.get(opening.account));
}

function bankOf({ setup }: WebDeps, bankId: string): Bank {
  const found = setup.current?.banks.find((one) => one.bankId === bankId);
  if (found === undefined) throw new Fault('not-found', `没有银行 ${bankId}。`);
  return found;
}

/** Tells the public key alone; the private one stays in the books. */
function makeKey(deps: WebDeps, bankId: string, body: unknown): unknown {
  const { algorithm } = checked(keySchema, body);
  return { bankId, algorithm, publicKey: publicKeyFor(bankOf(deps, bankId), deps.bank.settings, algorithm) };
}

function chooseSigner(deps: WebDeps, bankId: string, body: unknown): unknown {
  const { signer } = checked(signerSchema, body);
  choose(bankOf(deps, bankId), deps.bank.settings, signer);
  return { bankId, signer };
}

function silence(deps: WebDeps, bankId: string, body: unknown): unknown {
  const { bank } = deps;
  bankOf(deps, bankId);
  const { on } = checked(onSchema, body);
  bank.silence(bankId, on);
  return { bankId, silent: on };
}

function banksJson({ bank, setup, heart }: WebDeps): unknown {
  return (setup.current?.banks ?? []).map(({ bankId, name }) => ({
    bankId,
    name,
    silent: bank.settings.isSilent(bankId),
    signer: bank.settings.signerOf(bankId) || null,
    lastHeartbeat: heart.last(bankId) ?? null,
  }));
}

function accountJson(account: Account): unknown {
  return { ...account, balanceFen: account.balanceFen.toString() };
}

function transferJson({ bank }: Pick<WebDeps, 'bank'>, transfer: Transfer): unknown {
  const { id, amountFen, ...rest } = transfer;
  const pushes = bank.pushes
    .of(id)
    .map(({ bankId, webhookId, what, state, attempts, answer, answeredAt }) => ({
      ...{ bankId, webhookId, what, state, attempts: Number(attempts), answer, answeredAt },
    }));
  return { ...rest, amountFen: amountFen.toString(), pushes };
}

function clockJson({ bank }: Pick<WebDeps, 'bank'>): unknown {
  return { offsetDays: bank.settings.offsetDays, today: beijingDate(bank.clock) };
}

function limitOf(query: URLSearchParams): number {
  const limit = Number(query.get('limit') ?? '50');
  return Number.isInteger(limit) && limit > 0 ? Math.min(limit, 1000) : 50;
}
