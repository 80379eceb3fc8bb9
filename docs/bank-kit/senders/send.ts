/**
 * Sends one signed message. Node 24 or later, nothing else; SM2 needs the openssl program, version 3.
 *
 *   node send.ts <address> <bank-id> <algorithm> <key-file> <path> [webhook-id] < body.json
 *
 * algorithm: hmac (file holds whsec_…), ed25519 or sm2 (file holds a PEM private key).
 * path: flows, self-test or heartbeat. With `-` as address the signature is printed and nothing is sent
 * (WEBHOOK_TIMESTAMP may then fix the time).
 */
import { spawnSync } from 'node:child_process';
import { createHmac, createPrivateKey, randomUUID, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [address = '-', bankId = '', algorithm = 'hmac', keyFile = '', path = 'flows', id = randomUUID()] =
  process.argv.slice(2);
const body = readFileSync(0);

/** The signature over id.timestamp.body, with its mark. */
function signature(timestamp: string): string {
  const content = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
  const key = readFileSync(keyFile, 'utf8').trim();
  if (algorithm === 'hmac') {
    const secret = Buffer.from(key.replace(/^whsec_/, ''), 'base64');
    return `v1,${createHmac('sha256', secret).update(content).digest('base64')}`;
  }
  if (algorithm === 'ed25519') return `v1a,${sign(null, content, createPrivateKey(key)).toString('base64')}`;
  return `sm2,${signSm2(content).toString('base64')}`;
}

/** Node's own SM2 signs with an empty user id, which nobody accepts; openssl can be told the right one. */
function signSm2(content: Buffer): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'push-'));
  try {
    const file = join(folder, 'content');
    writeFileSync(file, content, { mode: 0o600 });
    const options = ['-rawin', '-digest', 'sm3', '-pkeyopt', 'distid:1234567812345678'];
    const done = spawnSync('openssl', ['pkeyutl', '-sign', '-inkey', keyFile, '-in', file, ...options]);
    if (done.status !== 0) throw new Error(String(done.stderr ?? done.error));
    return done.stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** One try: a new time and signature, the same id and the same bytes. */
async function send(): Promise<Response> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'bank-id': bankId,
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signature(timestamp),
  };
  return fetch(`${address}/api/v1/bank/${path}`, { method: 'POST', headers, body });
}

if (address === '-') console.log(signature(process.env['WEBHOOK_TIMESTAMP'] ?? ''));
else {
  for (let tries = 1; ; tries += 1) {
    const response = await send().catch(() => null);
    const mayPass = response === null || response.status === 429 || response.status >= 500;
    if (!mayPass || tries === 5) {
      console.log(response === null ? 'no answer' : `${response.status} ${await response.text()}`);
      process.exitCode = response?.ok === true ? 0 : 1;
      break;
    }
    const wait = Number(response?.headers.get('retry-after') ?? 2 ** tries);
    await new Promise((resolve) => setTimeout(resolve, wait * 1000));
  }
}
