/** What the forms of the pages do; each answers with the address to go to next. */

import { transferRequest } from '../books/transfer-request.ts';
import { Fault } from '../fault.ts';
import { parseYuan } from '../money.ts';
import { answerCall, checked } from './api.ts';
import type { WebDeps } from './views.ts';

/** Fields of a form by name. */
export type Form = Readonly<Record<string, string>>;

type Act = (deps: WebDeps, form: Form, post: (body: unknown) => unknown, id: string) => string;

const acts: Readonly<Record<string, Act>> = {
  transfers: ({ bank }, form) =>
    `/transfers/${bank.transfer(checked(transferRequest, transferOf(form))).serialNo}`,
  'transfers * reverse': (_deps, _form, post, id) => then(`/transfers/${id}`, post({})),
  'transfers * push': (_deps, _form, post, id) => then(`/transfers/${id}`, post({})),
  'banks * silence': (_deps, form, post) => then('/', post({ on: form['on'] === 'on' })),
  clock: (_deps, form, post) => then('/', post({ offsetDays: Number(form['offsetDays']) })),
  accounts: (_deps, form, post) => then('/', post({ ...form, balanceFen: fenOf(form).toString() })),
};

/**
 * @param parts path of the form in parts
 * @returns where the browser goes next
 * @throws Fault when the bank will not do it
 */
export function submit(deps: WebDeps, parts: readonly string[], form: Form): string {
  const act = acts[parts.map((part, index) => (index === 1 ? '*' : part)).join(' ')];
  if (!act) throw new Fault('not-found', '没有这个页面。');
  const query = new URLSearchParams();
  return act(deps, form, (body) => answerCall(deps, { method: 'POST', parts, body, query }), parts[1] ?? '');
}

function then(next: string, _done: unknown): string {
  return next;
}

function transferOf(form: Form): unknown {
  const { yuan: _yuan, bookingDate, ...rest } = form;
  return { ...rest, amountFen: fenOf(form).toString(), ...(bookingDate ? { bookingDate } : {}) };
}

function fenOf(form: Form): bigint {
  const fen = parseYuan(form['yuan'] ?? '');
  if (fen === undefined) throw new Fault('bad-input', '金额应为数字，单位元，最多两位小数，例如 400000.00。');
  return fen;
}
