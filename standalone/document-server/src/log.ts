// Owns log lines: JSON on stdout, one line each, in pino's shape; ids and states only, never documents.
const levels = { info: 30, warn: 40, error: 50 } as const;

// A reader of the log that goes away must not end the server.
process.stdout.on('error', () => undefined);

/** Writes log lines. */
export interface Log {
  readonly info: (msg: string, fields?: Readonly<Record<string, unknown>>) => void;
  readonly warn: (msg: string, fields?: Readonly<Record<string, unknown>>) => void;
  readonly error: (msg: string, fields?: Readonly<Record<string, unknown>>) => void;
}

function writer(level: number): Log['info'] {
  return (msg, fields = {}) => {
    process.stdout.write(
      `${JSON.stringify({ level, time: Date.now(), pid: process.pid, name: 'document-server', ...fields, msg })}\n`,
    );
  };
}

/** The server's log. */
export const log: Log = { info: writer(levels.info), warn: writer(levels.warn), error: writer(levels.error) };
