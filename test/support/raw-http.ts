/** Bytes to a server as they are, and its status; for requests that no client library would send. */
import { connect, type Socket } from 'node:net';

/** What came back. */
export interface RawAnswer {
  /** 0 when the connection ended without an answer. */
  readonly status: number;
  readonly head: string;
}

/** A request as bytes. */
export function requestBytes(
  line: string,
  headers: Readonly<Record<string, string>>,
  body: string | Buffer = '',
): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([
    Buffer.from(`${line}\r\nHost: bank\r\nConnection: close\r\n${lines.join('')}\r\n`, 'latin1'),
    Buffer.from(body),
  ]);
}

/** Sends the parts, then waits for the end of the connection. @param feed may write more, for example slowly */
export function sendRaw(port: number, bytes: Buffer, feed?: (socket: Socket) => void): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const parts: Buffer[] = [];
    socket.on('data', (part) => parts.push(part));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      const [head = ''] = Buffer.concat(parts).toString('latin1').split('\r\n\r\n');
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0), head });
    });
    socket.write(bytes);
    feed?.(socket);
  });
}
