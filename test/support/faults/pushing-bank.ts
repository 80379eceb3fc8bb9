/** A bank that pushes signed flows and repeats each message until it hears 202, as the interface asks of banks. */
import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

/** An answer that was not 202; status 0 when no answer came. */
export interface Refusal {
  readonly status: number;
  readonly retryAfter: string | null;
}

/** Who pushes where. */
export interface BankDeps {
  readonly port: number;
  readonly bankId: string;
  readonly secret: string;
}

/** An entry of the wire format; only its serial number matters here. */
export interface Entry {
  readonly serialNo: string;
}

const lanes = 4;
const answerWithinMs = 30_000;
const pauseMs = 150;

/** One bank with the memory of what was acknowledged. */
export class PushingBank {
  readonly #deps: BankDeps;
  /** Serial numbers that the platform answered for with 202. */
  readonly acknowledged = new Set<string>();
  /** Every answer that was not 202, in order. */
  readonly refusals: Refusal[] = [];
  /** Entries that were neither taken as new nor known as repeats. */
  readonly wrong: string[] = [];

  constructor(deps: BankDeps) {
    this.#deps = deps;
  }

  /**
   * Pushes all entries, some to a message, several messages at a time.
   * @param stop ends the repeats: what was not acknowledged by then stays so
   * @throws Error when the platform refuses for good (4xx)
   */
  async pushAll(entries: readonly Entry[], perMessage: number, stop: AbortSignal): Promise<void> {
    const starts = Array.from({ length: Math.ceil(entries.length / perMessage) }, (_, at) => at * perMessage);
    const waiting = starts.map((from) => entries.slice(from, from + perMessage)).values();
    const lane = async (): Promise<void> => {
      for (const message of waiting) await this.#untilAcknowledged(message, stop);
    };
    await Promise.all(Array.from({ length: lanes }, lane));
  }

  /** Sends one message once. @returns null when it was acknowledged */
  async pushOnce(entries: readonly Entry[], id = randomUUID()): Promise<Refusal | null> {
    const body = JSON.stringify({ batchNo: 'faults', entries });
    const response = await this.#send(body, id).catch(() => null);
    if (response?.status === 202) return null;
    return { status: response?.status ?? 0, retryAfter: response?.retryAfter ?? null };
  }

  async #untilAcknowledged(entries: readonly Entry[], stop: AbortSignal): Promise<void> {
    const id = randomUUID();
    while (!stop.aborted) {
      const refusal = await this.pushOnce(entries, id);
      if (refusal === null) return;
      this.refusals.push(refusal);
      if (refusal.status >= 400 && refusal.status < 500) throw new Error(`refused: ${refusal.status}`);
      await delay(pauseMs);
    }
  }

  async #send(body: string, id: string): Promise<{ status: number; retryAfter: string | null }> {
    const { port, bankId, secret } = this.#deps;
    const timestamp = String(Math.floor(Date.now() / 1000));
    const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
    const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/bank/flows`, {
      method: 'POST',
      headers: {
        'bank-id': bankId,
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': `v1,${signature}`,
        'content-type': 'application/json',
      },
      body,
      signal: AbortSignal.timeout(answerWithinMs),
    });
    const text = await response.text();
    if (response.status === 202) this.#note(text);
    return { status: response.status, retryAfter: response.headers.get('retry-after') };
  }

  #note(text: string): void {
    const { results } = JSON.parse(text) as { results: { serialNo: string; result: string }[] };
    for (const { serialNo, result } of results) {
      if (result !== 'accepted' && result !== 'duplicate') this.wrong.push(`${serialNo} ${result}`);
      this.acknowledged.add(serialNo);
    }
  }
}
