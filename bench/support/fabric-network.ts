/** A Fabric network for a benchmark: its own folder and ports, our contracts with two more beside them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const CLOCK_TICK_US = 10_000;
const BASE_PORT = 21_000;

/** A running network. */
export interface BenchNetwork {
  /** Path of its `connection.json`. */
  readonly connectionFile: string;
  readonly dataDir: string;
  /** Processor time that orderers, peers and contract processes have used so far, µs. */
  cpuUs(): Readonly<Record<string, number>>;
  /** Stops it and deletes its folder. */
  stop(): Promise<void>;
}

/** Brings a network up on which the contracts `fixture` and `trivial` run too. @throws Error when programs are missing */
export async function startBenchNetwork(env: Readonly<Record<string, string>> = {}): Promise<BenchNetwork> {
  const dataDir = await mkdtemp('/tmp/fbn-');
  const code = join(dataDir, 'code');
  copyContracts(code);
  const own = { ...process.env, DATA_DIR: dataDir, FABRIC_PORT: String(BASE_PORT), ...env };
  await command(['up', '--code', code], own);
  const folder = join(dataDir, 'fabric');
  return {
    dataDir,
    connectionFile: join(folder, 'connection.json'),
    cpuUs: () => cpuOf(join(folder, 'run')),
    stop: async () => {
      await command(['down'], own);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Our contracts' folder with the benchmark's own contracts added to its list. */
function copyContracts(target: string): void {
  for (const part of ['src', 'kernel', 'service', 'package.json'])
    cpSync(join(root, 'chaincode', part), join(target, part), { recursive: true });
  cpSync(join(import.meta.dirname, 'fixture-contracts.ts'), join(target, 'src/fixture-contracts.ts'));
  const index = join(target, 'src/index.ts');
  writeFileSync(
    index,
    `import { fixtureContracts } from './fixture-contracts.ts';\n${readFileSync(index, 'utf8')}contracts.push(...(fixtureContracts as never[]));\n`,
  );
}

async function command(args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn(process.execPath, ['network/main.ts', ...args], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.resume();
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`fabric ${args[0] ?? ''} ended with ${code ?? 'a signal'}`);
}

function cpuOf(folder: string): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
    const { pid } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { pid: number };
    const kind = /contracts|chaincode/.test(file)
      ? 'contracts'
      : file.startsWith('orderer')
        ? 'orderer'
        : 'peers';
    sums[kind] = (sums[kind] ?? 0) + cpuOfProcess(pid);
  }
  return sums;
}

function cpuOfProcess(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * CLOCK_TICK_US;
}
