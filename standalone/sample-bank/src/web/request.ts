/** Reads what a request brings, within limits. */

import type { IncomingMessage } from 'node:http';
import { Fault } from '../fault.ts';

const BODY_MAX = 64 * 1024;

/** @throws Fault when the body is larger than 64 KiB */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_MAX) throw new Fault('bad-input', '请求太大。');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** @throws Fault when the body is not JSON */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  const body = await readBody(request);
  try {
    return body === '' ? {} : JSON.parse(body);
  } catch {
    throw new Fault('bad-input', 'The body is not JSON.');
  }
}

/** @returns the fields of a submitted form */
export async function readForm(request: IncomingMessage): Promise<Record<string, string>> {
  return Object.fromEntries(new URLSearchParams(await readBody(request)));
}

/**
 * Forms may come from the bank's own pages only; a script that is no browser sends none of these headers.
 * @returns true when another site sent the request
 */
export function isForeign(request: IncomingMessage): boolean {
  const site = request.headers['sec-fetch-site'];
  if (site === 'cross-site' || site === 'same-site') return true;
  const { origin, host } = request.headers;
  return origin !== undefined && origin !== 'null' && origin !== `http://${host ?? ''}`;
}
