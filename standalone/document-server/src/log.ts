// Owns log lines: JSON on stdout, one line each, in pino's shape; ids and states only, never documents.
const levels = { info: 30, warn: 40, error: 50 } as const;
// LOG_LEVEL as the platform knows it; anything else counts as info.
const thresholds = new Map([
  ['trace', 10],
  ['debug', 20],
  ['warn', 40],
  ['error', 50],
  ['fatal', 60],
  ['silent', 100],
]);
const least = thresholds.get(process.env['LOG_LEVEL'] ?? '') ?? levels.info;

// A reader of the log that goes away must not end the server.
process.stdout.on('error', () => undefined);

/** Writes log lines. */
export interface Log {
  readonly info: (msg: string, fields?: Readonly<Record<string, unknown>>) => void;
  readonly warn: (msg: string, fields?: Readonly<Record<string, unknown>>) => void;
  readonly error: (msg: string, fields?: Readonly<Record<string, unknown>>) => void;
}

function write(level: number, msg: string, fields: Readonly<Record<string, unknown>>): void {
  process.stdout.write(
    `${JSON.stringify({ level, time: Date.now(), pid: process.pid, name: 'document-server', ...fields, msg })}\n`,
  );
}

function writer(level: number): Log['info'] {
  return (msg, fields = {}) => {
    if (level >= least) write(level, msg, fields);
  };
}

/** Writes the line by which whoever started the server knows that it is ready, whatever level the log is set to. */
export function announce(msg: string, fields: Readonly<Record<string, unknown>>): void {
  write(levels.info, msg, fields);
}

/** The server's log. */
export const log: Log = { info: writer(levels.info), warn: writer(levels.warn), error: writer(levels.error) };
