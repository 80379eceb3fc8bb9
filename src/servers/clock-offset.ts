/** Asks a time server (SNTP, RFC 4330) how far this machine's clock is off. */
import { createSocket } from 'node:dgram';

/** Largest difference with which the platform starts, ms. */
export const largestOffsetMs = 1_000;
/** How long an answer may take, ms. */
const answerWithinMs = 3_000;
/** Seconds between 1900, from which time servers count, and 1970. */
const epochSeconds = 2_208_988_800;

/**
 * How many milliseconds the server is ahead of this clock; half of the way there and back is taken off.
 * @param server name or address, with `:port` when it is not 123
 * @throws Error when no answer comes in time or it is none of a synchronised server
 */
export async function clockOffsetMs(server: string, now: () => number = Date.now): Promise<number> {
  const [host = '', port = '123'] = server.split(/:(?=\d+$)/);
  const question = Buffer.alloc(48);
  // Version 4, mode 3: a client asks.
  question[0] = 0x23;
  const sentAt = now();
  const answer = await exchange(question, { host, port: Number(port) });
  const receivedAt = now();
  const isSynchronised = answer.length >= 48 && answer.readUInt8(1) > 0 && answer.readUInt8(0) >> 6 !== 3;
  if (!isSynchronised) throw new Error(`${server} does not know the time`);
  const away = (timeAt(answer, 32) - sentAt + timeAt(answer, 40) - receivedAt) / 2;
  return Math.round(away);
}

function timeAt(answer: Buffer, at: number): number {
  const seconds = answer.readUInt32BE(at) - epochSeconds;
  return seconds * 1000 + (answer.readUInt32BE(at + 4) / 2 ** 32) * 1000;
}

async function exchange(question: Buffer, { host, port }: { host: string; port: number }): Promise<Buffer> {
  const socket = createSocket('udp4');
  try {
    return await new Promise<Buffer>((resolve, reject) => {
      const late = new Error(`${host} did not answer`);
      const timer = setTimeout(() => reject(late), answerWithinMs);
      socket.once('message', (message) => {
        clearTimeout(timer);
        resolve(message);
      });
      socket.once('error', (error) => {
        clearTimeout(timer);
        reject(error);
      });
      socket.send(question, port, host);
    });
  } finally {
    socket.close();
  }
}
