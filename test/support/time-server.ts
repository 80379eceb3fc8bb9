/** A time server that is wrong by as much as a test wants. */
import { createSocket } from 'node:dgram';

/** A running time server; `stop` ends it. */
export interface TimeServer {
  readonly address: string;
  stop(): Promise<void>;
}

/** @param aheadMs how far it is ahead of this machine @param stratum 0 = it does not know the time */
export async function startTimeServer(aheadMs: number, stratum = 2): Promise<TimeServer> {
  const socket = createSocket('udp4');
  socket.on('message', (_question, from) => {
    const answer = Buffer.alloc(48);
    answer[0] = 0x24;
    answer[1] = stratum;
    const ms = Date.now() + aheadMs;
    for (const at of [32, 40]) {
      answer.writeUInt32BE(Math.floor(ms / 1000) + 2_208_988_800, at);
      answer.writeUInt32BE(Math.floor(((ms % 1000) / 1000) * 2 ** 32), at + 4);
    }
    socket.send(answer, from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${socket.address().port}`,
    stop: () => new Promise((resolve) => socket.close(() => resolve())),
  };
}
