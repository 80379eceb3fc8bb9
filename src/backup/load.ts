/** Pushes of the demonstration's bank, so that a drill backs up a platform at work. */
import { createHmac, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { StartError } from '../supervisor/start-error.ts';

const setupSchema = z.object({
  banks: z.array(z.object({ bankId: z.string(), hmacSecret: z.string() })).min(1),
});

/** A load under way. */
export interface Load {
  /** Pushes answered 202 so far. */
  answered(): number;
  /** Ends it after the pushes under way. */
  stop(): Promise<void>;
}

/**
 * Starts pushing flows of accounts that the platform does not know.
 * @param platform data folder and port of a running demonstration
 * @param perSecond pushes a second
 * @throws StartError when the folder has no sample bank
 */
export async function startLoad(
  platform: { readonly dataDir: string; readonly port: number },
  perSecond: number,
): Promise<Load> {
  const text = await readFile(join(platform.dataDir, 'sample-bank', 'setup.json'), 'utf8').catch(() => {
    throw new StartError('A load can only be made on demonstration data, which has a sample bank.');
  });
  const { banks } = setupSchema.parse(JSON.parse(text));
  const [bank] = banks;
  const url = `http://127.0.0.1:${platform.port}/api/v1/bank/flows`;
  const ending = new AbortController();
  const under = new Set<Promise<void>>();
  let answered = 0;
  const push = async (): Promise<void> => {
    const response = await fetch(url, {
      method: 'POST',
      ...signed(bank?.bankId ?? '', bank?.hmacSecret ?? ''),
    });
    await response.arrayBuffer();
    if (response.status === 202) answered += 1;
  };
  const pushing = (async (): Promise<void> => {
    while (!ending.signal.aborted) {
      const one = push().finally(() => under.delete(one));
      under.add(one);
      await delay(1000 / perSecond);
    }
    await Promise.all(under);
  })();
  return {
    answered: () => answered,
    stop: async () => {
      ending.abort();
      await pushing;
    },
  };
}

function signed(bankId: string, secret: string): { headers: Record<string, string>; body: string } {
  const [id, timestamp] = [randomUUID(), String(Math.floor(Date.now() / 1000))];
  const body = JSON.stringify({ batchNo: 'drill', entries: [entry(id)] });
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  const headers = {
    'content-type': 'application/json',
    'bank-id': bankId,
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  };
  return { headers, body };
}

function entry(id: string): object {
  const bookingDate = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
  const party = (account: string): object => ({ account, name: '', bankNo: '' });
  return {
    serialNo: `DRILL${id.replaceAll('-', '').toUpperCase()}`,
    ...{ bookingDate, txTime: `${bookingDate}T00:00:01+08:00` },
    ...{ direction: 'DBIT', status: 'BOOK', currency: 'CNY', amountFen: '100' },
    payer: party('520100000000001'),
    payee: party('520100000000002'),
  };
}
