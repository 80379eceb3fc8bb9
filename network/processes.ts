/** Programs that go on without the shell that started them, known by their recorded ids alone. */
import { spawn } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { readJson, writeWhole } from '../src/supervisor/data-folder.ts';

/** A program to start. */
export interface ProcessSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Its whole environment. */
  readonly env: Readonly<Record<string, string>>;
}

/** What is written down of a running program. `startedTicks` tells it from another that got its id later. */
const processRecord = z.strictObject({
  pid: z.int().positive(),
  startedTicks: z.string(),
  startedAt: z.string(),
});
/** A recorded program. */
export type ProcessRecord = z.infer<typeof processRecord>;

const LOG_BYTES_MAX = 16 * 1024 * 1024;

/** The processes of one network: ids below `run/`, what they write below `logs/`. */
export class Processes {
  readonly #folder: string;

  /** @param folder the network's folder */
  constructor(folder: string) {
    this.#folder = folder;
    for (const part of ['run', 'logs']) mkdirSync(join(folder, part), { recursive: true, mode: 0o700 });
  }

  /** @returns the record of a program that is running now; null when it is not */
  running(name: string): ProcessRecord | null {
    const record = readJson(this.#recordPath(name), processRecord);
    return record && startTicks(record.pid) === record.startedTicks ? record : null;
  }

  /** Starts a program unless it runs. @throws Error when it cannot be started */
  start(spec: ProcessSpec): void {
    if (this.running(spec.name)) return;
    const log = this.#openLog(spec.name);
    const child = spawn(spec.command, spec.args, {
      env: spec.env,
      cwd: this.#folder,
      // A session of its own: neither Ctrl-C nor the end of the shell reaches it.
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    child.on('error', () => undefined);
    if (child.pid === undefined) throw new Error(`${spec.command} could not be started`);
    const startedTicks = startTicks(child.pid) ?? '';
    const record = { pid: child.pid, startedTicks, startedAt: new Date().toISOString() };
    writeWhole(this.#recordPath(spec.name), JSON.stringify(record));
    child.unref();
  }

  /**
   * Ends a program: asked first, killed after a time.
   * @param graceMs time it has to end by itself
   * @returns false when it was not running
   */
  async stop(name: string, graceMs = 8000): Promise<boolean> {
    const record = this.running(name);
    if (record) {
      signal(record.pid, 'SIGTERM');
      const deadline = Date.now() + graceMs;
      while (this.running(name) && Date.now() < deadline) await delay(20);
      if (this.running(name)) signal(record.pid, 'SIGKILL');
      while (this.running(name)) await delay(20);
    }
    rmSync(this.#recordPath(name), { force: true });
    return record !== null;
  }

  /** Names of the programs that are running now. */
  names(): string[] {
    return this.#recorded().filter((name) => this.running(name));
  }

  /** Names of the programs that were started, were not stopped, and do not run. */
  fallen(): string[] {
    return this.#recorded().filter((name) => !this.running(name));
  }

  /** Path of a program's log. */
  logPath(name: string): string {
    return join(this.#folder, 'logs', `${name}.log`);
  }

  #recorded(): string[] {
    const files = readdirSync(join(this.#folder, 'run')).filter((file) => file.endsWith('.json'));
    return files.map((file) => file.slice(0, -'.json'.length));
  }

  #recordPath(name: string): string {
    return join(this.#folder, 'run', `${name}.json`);
  }

  /** Appends; a log that has grown large is kept once under `.1`. */
  #openLog(name: string): number {
    const path = this.logPath(name);
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (size > LOG_BYTES_MAX) renameSync(path, `${path}.1`);
    return openSync(path, 'a', 0o600);
  }
}

/** When a process was started, in clock ticks since the machine came up; null when no such process runs. */
export function startTicks(pid: number): string | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The program's name stands in brackets and may hold spaces; state is the third field, the start the 22nd.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    return; // It has ended by itself in the meantime.
  }
}
