/** A bank that signs and sends flows, as a process apart from the platform. */
import { createHmac, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request, type Agent } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { BenchPlatform } from './platform.ts';

const setup = z.object({ banks: z.array(z.object({ bankId: z.string(), hmacSecret: z.string() })) });

/** Who sends where. */
export interface Sender {
  readonly address: string;
  readonly bankId: string;
  readonly secret: Buffer;
}

/** A signed message. */
export interface Message {
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** The first bank of the demonstration, with its key. */
export async function openSender({ folder, address }: BenchPlatform): Promise<Sender> {
  const text = await readFile(join(folder, 'sample-bank', 'setup.json'), 'utf8');
  const [bank] = setup.parse(JSON.parse(text)).banks;
  if (bank === undefined) throw new Error('no bank in the demonstration');
  return { address, bankId: bank.bankId, secret: Buffer.from(bank.hmacSecret.slice(6), 'base64') };
}

/** Sends a message on one of the agent's connections, as a bank that keeps them open. @throws Error for any answer but 202 */
export function post(sender: Sender, { headers, body }: Message, agent: Agent): Promise<void> {
  const { address } = sender;
  return new Promise((resolve, reject) => {
    const sent = request(`${address}/api/v1/bank/flows`, { method: 'POST', agent, headers }, (response) => {
      if (response.statusCode !== 202)
        reject(new Error(`a push was answered ${String(response.statusCode)}`));
      response.resume().once('end', resolve);
    });
    sent.once('error', (error: NodeJS.ErrnoException) => {
      // The platform closes connections that were idle; one that was chosen in that very moment is not to blame.
      if (sent.reusedSocket && error.code === 'ECONNRESET') resolve(post(sender, { headers, body }, agent));
      else reject(error);
    });
    sent.end(body);
  });
}

/** Pushes so many flows a second, five to a message, until the signal. @throws Error for any answer but 202 */
export async function pushSteadily(sender: Sender, perSecond: number, signal: AbortSignal): Promise<void> {
  const entries = 5;
  const under: Promise<void>[] = [];
  const push = async (): Promise<void> => {
    const response = await fetch(`${sender.address}/api/v1/bank/flows`, {
      method: 'POST',
      ...messageOf(sender, entries),
    });
    await response.arrayBuffer();
    if (response.status !== 202) throw new Error(`a push was answered ${response.status}`);
  };
  while (!signal.aborted) {
    under.push(push());
    await delay((1000 * entries) / perSecond);
  }
  await Promise.all(under);
}

let serial = 0;

/** A signed message of so many flows that nobody registered. */
export function messageOf(sender: Sender, entries: number): Message {
  return signed(sender, Array.from({ length: entries }, entry));
}

/** A signed message of these entries. */
export function signed({ bankId, secret }: Sender, entries: readonly object[]): Message {
  const body = JSON.stringify({ batchNo: 'bench', entries });
  const [id, timestamp] = [randomUUID(), String(Math.floor(Date.now() / 1000))];
  const signature = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64');
  const headers = {
    'content-type': 'application/json',
    'bank-id': bankId,
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  };
  return { headers, body };
}

function entry(): object {
  serial += 1;
  const party = (account: string): object => ({ account, name: '', bankNo: '' });
  const common = {
    bookingDate: '2026-11-20',
    txTime: '2026-11-20T10:00:00+08:00',
    direction: 'DBIT',
    status: 'BOOK',
    currency: 'CNY',
  };
  return {
    serialNo: `BENCH${serial}`,
    ...common,
    amountFen: '100',
    payer: party('520100000000001'),
    payee: party('520100000000002'),
  };
}
