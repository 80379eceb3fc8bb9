/** `npm run fabric:logs [-- <process> [--follow]]`: the last lines of every process, or one process' log. */
import { open, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { StartError } from '../../src/supervisor/start-error.ts';
import { tell } from '../../src/supervisor/terminal.ts';
import { existingPlan, readSettings } from '../network-folder.ts';
import { Processes } from '../processes.ts';
import { processNames } from './status.ts';

const TAIL_BYTES = 16 * 1024;
const LINES_EACH = 3;
const LINES_ONE = 50;
const FOLLOW_MS = 300;

/** Options of the command line. */
export interface LogsOptions {
  readonly process?: string | undefined;
  readonly follow: boolean;
}

/** Runs the command. @throws StartError for a process that is not part of the network */
export async function logs({ process: name, follow }: LogsOptions): Promise<void> {
  const plan = existingPlan(readSettings());
  const processes = new Processes(plan.folder);
  const names = processNames(plan);
  if (name === undefined) {
    for (const one of names) {
      tell(`== ${one}: ${processes.logPath(one)}`);
      (await lastLines(processes.logPath(one), LINES_EACH)).forEach(tell);
    }
    return;
  }
  if (!names.includes(name)) throw new StartError(`No process is called "${name}": ${names.join(', ')}.`);
  (await lastLines(processes.logPath(name), LINES_ONE)).forEach(tell);
  if (follow) await followLog(processes.logPath(name));
}

async function lastLines(path: string, count: number): Promise<string[]> {
  const size = (await stat(path).catch(() => null))?.size ?? 0;
  const text = await readFrom(path, Math.max(0, size - TAIL_BYTES));
  return text
    .split('\n')
    .filter((line) => line !== '')
    .slice(-count);
}

async function followLog(path: string): Promise<never> {
  let at = (await stat(path)).size;
  for (;;) {
    await delay(FOLLOW_MS);
    const text = await readFrom(path, at);
    at += Buffer.byteLength(text);
    if (text !== '') process.stdout.write(text);
  }
}

async function readFrom(path: string, from: number): Promise<string> {
  const file = await open(path).catch(() => null);
  if (!file) return '';
  try {
    const { size } = await file.stat();
    const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.max(0, size - from)), 0, undefined, from);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await file.close();
  }
}
