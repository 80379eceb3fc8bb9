/** Reads the platform's answer to a message and decides what becomes of the message. Pure. */

import { z } from 'zod';
import type { Attempt } from '../books/pushes.ts';

/** An answer, or the lack of one. */
export interface Answer {
  /** HTTP status; 0 when nothing came back. */
  readonly status: number;
  readonly body: string;
  /** Header Retry-After, seconds, when given. */
  readonly retryAfter: string | null;
}

const FIRST_PAUSE_MS = 1000;
const PAUSE_MAX_MS = 300_000;

const results = z.object({
  results: z.array(z.looseObject({ result: z.string(), reason: z.string().optional() })),
});

/**
 * @param answer what came back
 * @param attempts how often the message was sent before this time
 * @param at the time of the answer
 * @returns state, next time and the answer in short
 */
export function judge(answer: Answer, attempts: number, at: Date): Attempt {
  const answeredAt = at.toISOString();
  const answerText = inShort(answer);
  const base = { answer: answerText, answeredAt, dueAt: BigInt(at.getTime()) };
  if (answer.status >= 200 && answer.status < 300) return { ...base, state: 'done' };
  if (!mayRetry(answer.status)) return { ...base, state: 'refused' };
  return { ...base, state: 'waiting', dueAt: BigInt(at.getTime() + pauseMs(answer, attempts)) };
}

function mayRetry(status: number): boolean {
  return status === 0 || status === 408 || status === 429 || status >= 500;
}

function pauseMs(answer: Answer, attempts: number): number {
  const backOff = Math.min(FIRST_PAUSE_MS * 2 ** Math.min(attempts, 20), PAUSE_MAX_MS);
  const asked = Number(answer.retryAfter ?? '0') * 1000;
  return Number.isFinite(asked) ? Math.min(Math.max(backOff, asked), PAUSE_MAX_MS) : backOff;
}

function inShort({ status, body }: Answer): string {
  if (status === 0) return `无应答：${body}`.slice(0, 300);
  const parsed = parse(body);
  if (!parsed) return `${status} ${body}`.trim().slice(0, 300);
  const words = parsed.results.map(({ result, reason }) =>
    reason === undefined ? result : `${result} (${reason})`,
  );
  return `${status} ${words.join(' ')}`.slice(0, 300);
}

function parse(body: string): z.output<typeof results> | undefined {
  try {
    return results.safeParse(JSON.parse(body)).data;
  } catch {
    return undefined;
  }
}
