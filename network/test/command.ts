/** Runs the network's commands as a person types them. */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';

const script = resolve(import.meta.dirname, '../main.ts');

/** How a command ended. */
export interface CommandEnd {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  readonly seconds: number;
}

/** Where a command works, and when it is killed. */
export interface CommandPlace {
  readonly dataDir: string;
  readonly basePort?: number;
  /** Milliseconds after which it gets SIGKILL; absent = it may end by itself. */
  readonly killAfterMs?: number;
}

/** Runs `npm run fabric:<args>` and waits for its end. */
export function runCommand(args: readonly string[], place: CommandPlace): Promise<CommandEnd> {
  const port = place.basePort === undefined ? {} : { FABRIC_PORT: String(place.basePort) };
  const env = { ...process.env, DATA_DIR: place.dataDir, ...port };
  const began = performance.now();
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { out: '', err: '' };
  child.stdout.on('data', (chunk: Buffer) => (text.out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text.err += chunk.toString()));
  const timer =
    place.killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), place.killAfterMs);
  return new Promise((resolveEnd) =>
    child.once('close', (code) => {
      clearTimeout(timer);
      resolveEnd({ code, ...text, seconds: (performance.now() - began) / 1000 });
    }),
  );
}
