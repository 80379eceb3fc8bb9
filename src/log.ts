/** The log of every process: JSON lines on stdout, ids and state changes only; never amounts, names or secrets. */
import { pino, type Logger } from 'pino';

/** A logger named after its process. */
export function createLog(name: string, level: string): Logger {
  return pino({
    name,
    level,
    redact: { paths: ['req.headers', '*.password', '*.secret', '*.amountFen', '*.name'], remove: true },
  });
}

/** Writes the line by which the start command knows that a process is ready, whatever level the log is set to. */
export function announce(log: Logger, message: 'ready' | 'listening', fields: object = {}): void {
  log.child({}, { level: 'info' }).info(fields, message);
}
export type { Logger } from 'pino';
