/** A start with a clock that is wrong ends with a sentence; without a time server it is not checked. */
import { clockOffsetMs, largestOffsetMs } from '../servers/clock-offset.ts';
import { StartError } from './start-error.ts';

/**
 * Compares this machine's clock with a time server.
 * @param server `none`, or the server's name or address
 * @throws StartError when the clock is more than a second off, or the server does not answer
 */
export async function requireRightClock(server: string): Promise<void> {
  if (server === 'none') return;
  const offset = await clockOffsetMs(server).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StartError(`The clock cannot be checked: ${reason}. Set NTP_SERVER to a server that answers.`);
  });
  if (Math.abs(offset) <= largestOffsetMs) return;
  throw new StartError(
    `This machine's clock is ${(offset / 1000).toFixed(1)} s off (NTP_SERVER ${server}): set it right, then start again.`,
  );
}
