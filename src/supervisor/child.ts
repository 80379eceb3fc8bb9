/** One supervised child process: started, waited for until ready, restarted with back-off, stopped within a time. */

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { LogFile } from './log-file.ts';
import { StartError } from './start-error.ts';
import { tied } from './tied.ts';

/** What to start and how to know that it is ready. */
export interface ChildSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Text for its standard input. */
  readonly input?: string;
  /** True when ready; absent = the child prints a JSON line whose `msg` is "listening" or "ready". */
  readonly probe?: () => Promise<boolean>;
}

/** What a child tells its owner. */
export interface ChildEvents {
  /** A child that had been ready ended by itself, and starts again after the pause. */
  died(name: string, how: string, pauseMs: number): void;
  /** A restarted child is ready again. */
  returned(name: string): void;
}

const READY_WITHIN_MS = 60_000;
const PAUSE_FIRST_MS = 500;
const PAUSE_MAX_MS = 30_000;
const STEADY_AFTER_MS = 60_000;

/** A child process under watch. */
export class Child {
  readonly spec: ChildSpec;
  readonly #events: ChildEvents;
  readonly #log: LogFile;
  #process: ChildProcess | undefined;
  #stopping = false;
  #pauseMs = PAUSE_FIRST_MS;
  #timer: NodeJS.Timeout | undefined;

  constructor(spec: ChildSpec, logFolder: string, events: ChildEvents) {
    this.spec = spec;
    this.#events = events;
    this.#log = new LogFile(logFolder, spec.name);
  }

  /** Process id while it runs. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /**
   * Starts the child and waits until it is ready; from then on it is restarted whenever it ends.
   * @throws StartError when it ends before it is ready, or takes longer than a minute
   */
  async start(): Promise<void> {
    const child = this.#spawn();
    const ended = new Promise<never>((_, reject) => {
      child.once('error', (error) =>
        reject(new StartError(`${this.spec.name} could not be started: ${error.message}`)),
      );
      child.once('close', (code, signal) => reject(this.#endedEarly(code ?? signal)));
    });
    const began = Date.now();
    await Promise.race([this.#ready(child), ended]);
    child.once('exit', (code, signal) => this.#restart(describeEnd(code, signal), Date.now() - began));
    if (child.exitCode !== null || child.signalCode !== null) throw this.#endedEarly(child.exitCode);
  }

  /**
   * Ends the child: asked first, then killed.
   * @param graceMs time it has to end by itself
   */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#timer);
    const child = this.#process;
    if (child?.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      const closed = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await Promise.race([closed, delay(graceMs, undefined, { ref: false })]);
      killGroup(child.pid);
      await Promise.race([closed, delay(500, undefined, { ref: false })]);
    }
    this.#log.close();
  }

  #spawn(): ChildProcess {
    const { command, args, env, input } = this.spec;
    const isNode = command === process.execPath;
    const whole = tied([command, ...args], isNode ? 'KILL' : 'TERM');
    const stdin = input === undefined ? 'ignore' : 'pipe';
    const child = spawn(whole.program, whole.args, {
      env,
      // A group of its own, so that Ctrl-C at the terminal reaches the supervisor alone, which stops in order.
      detached: true,
      stdio: isNode ? [stdin, 'pipe', 'pipe', 'ipc'] : [stdin, 'pipe', 'pipe'],
    });
    child.stdout?.on('data', (chunk: Buffer) => this.#log.write(chunk));
    child.stderr?.on('data', (chunk: Buffer) => this.#log.write(chunk));
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
    this.#process = child;
    return child;
  }

  async #ready(child: ChildProcess): Promise<void> {
    const late = delay(READY_WITHIN_MS, undefined, { ref: false }).then(() => {
      throw new StartError(
        `${this.spec.name} was not ready after ${READY_WITHIN_MS / 1000} s; see ${this.#log.path}`,
      );
    });
    await Promise.race([this.spec.probe ? poll(this.spec.probe) : announced(child), late]);
  }

  #endedEarly(how: number | string | null): StartError {
    if (how === 'SIGXFSZ')
      return new StartError(`${this.spec.name} met the file-size limit of this user (ulimit -f).`);
    const words = this.#log.lastWords();
    return new StartError(
      `${this.spec.name} could not start${words === '' ? '' : `: ${words}`} (log: ${this.#log.path})`,
    );
  }

  #restart(how: string, aliveMs: number): void {
    if (this.#stopping) return;
    if (aliveMs > STEADY_AFTER_MS) this.#pauseMs = PAUSE_FIRST_MS;
    const pauseMs = this.#pauseMs;
    this.#pauseMs = Math.min(pauseMs * 2, PAUSE_MAX_MS);
    this.#events.died(this.spec.name, how, pauseMs);
    this.#timer = setTimeout(() => void this.#again(), pauseMs);
  }

  async #again(): Promise<void> {
    try {
      await this.start();
      this.#events.returned(this.spec.name);
    } catch (error) {
      this.#restart(error instanceof Error ? error.message : String(error), 0);
    }
  }
}

function describeEnd(code: number | null, signal: NodeJS.Signals | null): string {
  return signal ? `ended by ${signal}` : `ended with code ${code ?? 0}`;
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    return; // The whole group has ended already.
  }
}

async function poll(probe: () => Promise<boolean>): Promise<void> {
  while (!(await probe())) await delay(50, undefined, { ref: false });
}

function announced(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    let text = '';
    const listen = (chunk: Buffer): void => {
      text += chunk.toString('utf8');
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      if (!lines.some(isAnnouncement)) return;
      child.stdout?.off('data', listen);
      resolve();
    };
    child.stdout?.on('data', listen);
  });
}

function isAnnouncement(line: string): boolean {
  return /"msg"\s*:\s*"(listening|ready)"/.test(line);
}
