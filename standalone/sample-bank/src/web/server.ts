/** The bank's HTTP server: pages for people, JSON for scripts. */

import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Fault } from '../fault.ts';
import type { FaultKind } from '../fault.ts';
import { answerCall } from './api.ts';
import { submit } from './forms.ts';
import { isForeign, readForm, readJsonBody } from './request.ts';
import { styleSheet } from './style.ts';
import { showCounter, showTransfer } from './views.ts';
import type { WebDeps } from './views.ts';

const STATUS: Readonly<Record<FaultKind, number>> = {
  'bad-input': 400,
  'not-found': 404,
  conflict: 409,
  'not-ready': 503,
};

const HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

/** A request with its address taken apart. */
interface Visit {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
}

/** @returns the server, not listening yet */
export function createWeb(deps: WebDeps): Server {
  return createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const parts = url.pathname.split('/').filter((part) => part !== '');
    deps.setup.refresh();
    answer(deps, { request, response, parts, query: url.searchParams }).catch((error: unknown) => {
      process.stderr.write(`${JSON.stringify({ level: 50, msg: String(error) })}\n`);
      if (!response.headersSent) send(response, 500, 'text/plain', 'The bank has a fault.');
    });
  });
}

async function answer(deps: WebDeps, visit: Visit): Promise<void> {
  const { request, response, parts } = visit;
  if (parts[0] === 'style.css') send(response, 200, 'text/css', styleSheet);
  else if (parts[0] === 'healthz') send(response, 200, 'text/plain', 'ok');
  else if (parts[0] === 'api') await api(deps, visit);
  else if (request.method === 'POST') await form(deps, visit);
  else show(deps, visit);
}

async function api(deps: WebDeps, { request, response, parts, query }: Visit): Promise<void> {
  const method = request.method ?? 'GET';
  try {
    if (method !== 'GET' && isForeign(request))
      throw new Fault('conflict', 'Another site sent this request.');
    const body = method === 'GET' ? undefined : await readJsonBody(request);
    sendJson(response, 200, answerCall(deps, { method, parts: parts.slice(1), body, query }));
  } catch (error) {
    const fault = faultOf(error);
    sendJson(response, STATUS[fault.kind], { error: fault.message });
  }
}

async function form(deps: WebDeps, { request, response, parts }: Visit): Promise<void> {
  const fields = await readForm(request);
  try {
    if (isForeign(request)) throw new Fault('conflict', '请求来自别的网站。');
    const next = submit(deps, parts, fields);
    response.writeHead(303, { ...HEADERS, location: next }).end();
  } catch (error) {
    const fault = faultOf(error);
    const isAct = parts[0] === 'transfers' && parts[1] !== undefined && fault.kind !== 'not-found';
    const page = isAct
      ? showTransfer(deps, parts[1] ?? '', fault.message)
      : showCounter(deps, { page: 1, form: fields, fault: fault.message });
    send(response, STATUS[fault.kind], 'text/html', page);
  }
}

function show(deps: WebDeps, { response, parts, query }: Visit): void {
  try {
    if (parts.length === 0) {
      const asked = { page: Number(query.get('page') ?? '1') || 1, form: Object.fromEntries(query) };
      send(response, 200, 'text/html', showCounter(deps, asked));
    } else if (parts.length === 2 && parts[0] === 'transfers') {
      send(response, 200, 'text/html', showTransfer(deps, parts[1] ?? ''));
    } else {
      throw new Fault('not-found', '没有这个页面。');
    }
  } catch (error) {
    const fault = faultOf(error);
    send(
      response,
      STATUS[fault.kind],
      'text/html',
      showCounter(deps, { page: 1, form: {}, fault: fault.message }),
    );
  }
}

function faultOf(error: unknown): Fault {
  if (error instanceof Fault) return error;
  throw error;
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  send(response, status, 'application/json', JSON.stringify(value));
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { ...HEADERS, 'content-type': `${type}; charset=utf-8` }).end(body);
}
