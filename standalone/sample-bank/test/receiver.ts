/** A tiny stand-in for the platform: verifies every signature, keeps what it got, answers as it is told. */

import { createHmac, createPublicKey, timingSafeEqual, verify } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sm2 } from 'sm-crypto-v2';
import type { Entry } from '../src/books/entry.ts';

/** Keys by bank: an HMAC secret, public keys of Ed25519 (base64 of 32 bytes) and SM2 (hexadecimal digits), or several. */
export type Keys = Record<string, { hmac?: string; ed25519?: string; sm2?: string }>;

/** One message as it came. */
export interface Received {
  readonly path: string;
  readonly bankId: string;
  readonly webhookId: string;
  readonly signature: string;
  readonly entries: readonly Entry[];
}

/** How to answer the next messages, first to last; then 202. */
export interface Reply {
  readonly status: number;
  readonly retryAfter?: string;
}

/** The receiver while it runs. */
export class Receiver {
  readonly received: Received[] = [];
  readonly replies: Reply[] = [];
  readonly #keys: Keys;
  readonly #waiting: { readonly holds: () => boolean; readonly done: () => void }[] = [];
  readonly #server = createServer((request, response) => {
    void this.#take(request).then((status) => {
      const reply = status === 401 ? { status } : (this.replies.shift() ?? { status: 202 });
      const retry = reply.retryAfter === undefined ? {} : { 'retry-after': reply.retryAfter };
      response.writeHead(reply.status, { 'content-type': 'application/json', ...retry });
      response.end(JSON.stringify({ results: [{ serialNo: 'x', flowId: 'x', result: 'accepted' }] }));
      this.#waiting.forEach((one) => one.holds() && one.done());
    });
  });

  /** Takes a key of a bank into the place of all it had. */
  trust(bankId: string, keys: Keys[string]): void {
    this.#keys[bankId] = keys;
  }

  constructor(keys: Keys) {
    this.#keys = keys;
  }

  /** @returns its address */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Messages with entries, in the order in which they came. */
  get flows(): Received[] {
    return this.received.filter(({ path }) => path === '/api/v1/bank/flows');
  }

  /** Resolves once so many messages with entries have come. */
  async untilFlows(count: number): Promise<Received[]> {
    await this.until(() => this.flows.length >= count);
    return this.flows;
  }

  /** Resolves once the condition holds after a message. */
  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      if (holds()) resolve();
      else this.#waiting.push({ holds, done: resolve });
    });
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #take(request: IncomingMessage): Promise<number> {
    const body = Buffer.concat(await request.toArray());
    const header = (name: string): string => String(request.headers[name] ?? '');
    const bankId = header('bank-id');
    const content = `${header('webhook-id')}.${header('webhook-timestamp')}.${body.toString('utf8')}`;
    const signature = header('webhook-signature');
    if (!this.#isAuthentic(bankId, signature, content)) return 401;
    const { entries = [] } = JSON.parse(body.toString('utf8')) as { entries?: Entry[] };
    this.received.push({
      path: request.url ?? '',
      bankId,
      webhookId: header('webhook-id'),
      signature,
      entries,
    });
    return 202;
  }

  #isAuthentic(bankId: string, signature: string, content: string): boolean {
    const keys = this.#keys[bankId] ?? {};
    return signature.split(' ').every((one) => {
      const [version, value = ''] = one.split(',');
      const bytes = Buffer.from(value, 'base64');
      if (version === 'v1' && keys.hmac !== undefined) {
        const secret = Buffer.from(keys.hmac.slice('whsec_'.length), 'base64');
        return timingSafeEqual(createHmac('sha256', secret).update(content).digest(), bytes);
      }
      if (version === 'sm2' && keys.sm2 !== undefined) {
        const options = { der: true, hash: true, userId: '1234567812345678' };
        return sm2.doVerifySignature(Buffer.from(content), bytes.toString('hex'), keys.sm2, options);
      }
      if (version !== 'v1a' || keys.ed25519 === undefined) return false;
      const x = Buffer.from(keys.ed25519, 'base64').toString('base64url');
      const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
      return verify(null, Buffer.from(content), key, bytes);
    });
  }
}
