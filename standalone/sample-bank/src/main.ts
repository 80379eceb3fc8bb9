/** Starts the sample bank: `main.ts --data DIR [--port 3100] [--platform URL]`; BANK_PORT stands in for --port. */

import { parseArgs } from 'node:util';
import { runBank } from './sample-bank.ts';

const { values } = parseArgs({
  options: { data: { type: 'string' }, port: { type: 'string' }, platform: { type: 'string' } },
});
const dataFolder = values.data ?? 'data/sample-bank';
const running = await runBank({
  dataFolder,
  port: Number(values.port ?? process.env['BANK_PORT'] ?? '3100'),
  platformUrl: values.platform,
});
process.stdout.write(`${JSON.stringify({ level: 30, msg: 'listening', port: running.port })}\n`);

let closing: Promise<void> | undefined;
const stop = (): void => {
  closing ??= running.close().then(() => process.exit(0));
};
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
// The process that started this one is gone.
process.on('disconnect', stop);
