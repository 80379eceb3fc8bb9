/** Runs a command of the platform once, to its end, and keeps what it printed. */

import { spawn } from 'node:child_process';
import { LogFile } from './log-file.ts';
import { StartError } from './start-error.ts';
import { tied } from './tied.ts';

/** A command that runs to its end. */
export interface TaskSpec {
  readonly name: string;
  /** Path of the TypeScript file. */
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
  readonly logFolder: string;
  /** Ends the command when it fires. */
  readonly signal: AbortSignal;
  /** True: what it prints is shown to the person and not logged. */
  readonly confidential?: boolean;
}

/**
 * Runs the command and waits for its end.
 * @returns what it printed to its standard output
 * @throws StartError when it ends with a fault
 */
export async function runTask(spec: TaskSpec): Promise<string> {
  const log = new LogFile(spec.logFolder, spec.name);
  const whole = tied([process.execPath, '--disable-warning=ExperimentalWarning', spec.script], 'KILL');
  const child = spawn(whole.program, whole.args, {
    env: spec.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    signal: spec.signal,
  });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8');
    if (!spec.confidential) log.write(chunk);
  });
  child.stderr?.on('data', (chunk: Buffer) => log.write(chunk));
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('close', resolve);
  });
  const words = log.lastWords();
  log.close();
  if (code !== 0)
    throw new StartError(
      `${spec.name} did not succeed${words === '' ? '' : `: ${words}`} (log: ${log.path})`,
    );
  return output;
}
