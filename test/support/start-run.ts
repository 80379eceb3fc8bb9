/** Starts the platform, or a fake one, as a person does, and watches what it says and does. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { claimPort, freePort } from '../../src/supervisor/ports.ts';

/** Runs the supervisor over the fake platform. */
export const FAKE = ['--disable-warning=ExperimentalWarning', 'test/support/fake-platform/run.ts'];
/** The real start command. */
export const REAL = ['bin/start.js'];

/** One run of a start command. */
export interface Run {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly err: () => string;
  readonly ended: Promise<number | null>;
}

/** A data folder that goes away with the test. */
export function folder(t: TestContext): string {
  const path = mkdtempSync('/tmp/start-test-');
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A free port whose bank port is free, too. */
export async function portPair(): Promise<number> {
  for (;;) {
    const port = await freePort();
    if (
      await claimPort(port + 100, 'BANK_PORT').then(
        () => true,
        () => false,
      )
    )
      return port;
  }
}

/** Where and how to run. */
export interface RunOptions {
  readonly dataDir: string;
  readonly port?: number;
  readonly env?: Record<string, string>;
  /** Program that runs Node, with its arguments. */
  readonly wrap?: readonly string[];
}

/** Starts the command; it is stopped with the test. */
export async function start(t: TestContext, args: readonly string[], options: RunOptions): Promise<Run> {
  const port = options.port ?? (await portPair());
  const env = { PATH: process.env['PATH'], DATA_DIR: options.dataDir, PORT: String(port), ...options.env };
  const [program = '', ...rest] = [...(options.wrap ?? []), process.execPath, ...args];
  const child = spawn(program, rest, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const text = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (text.out += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (text.err += chunk.toString('utf8')));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  t.after(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  return { child, out: () => text.out, err: () => text.err, ended };
}

/** Waits until the condition holds. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await holds())) {
    assert.ok(Date.now() < deadline, `${what} did not come about`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Waits for the closing words of a start. */
export const ready = (run: Run): Promise<void> => until('Ready', () => run.out().includes('Ready after'));

/** One sentence: one line, ended by a full stop, no stack. */
export function assertOneSentence(run: Run, sentence: RegExp): void {
  const lines = run.err().trim().split('\n');
  assert.equal(lines.length, 1, run.err());
  assert.match(lines[0] ?? '', sentence);
}

/** Text of a page; '' when nothing answers. */
export async function page(port: number, path = '/'): Promise<string> {
  return fetch(`http://127.0.0.1:${port}${path}`).then(
    (answer) => answer.text(),
    () => '',
  );
}

/** Whether the process still runs. */
export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}
