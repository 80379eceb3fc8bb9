/** What processes cost: processor time and resident memory of this process' or another one's children, by what each of them does. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What each process is called, by a part of its command. */
const namesByCommand = [
  ['src/server.ts', 'web'],
  ['src/worker.ts', 'worker'],
  ['/ledger.ts', 'ledger'],
  ['document-server', 'documents'],
  ['mongod', 'documents'],
  ['redis-server', 'redis'],
] as const;
/** Ticks of a processor's clock a second, as every Linux counts for its users. */
const ticksPerSecond = 100;

/** A figure of each child of a process. */
type ByName = Readonly<Record<string, number>>;

/** Processor time that each child of a process has used so far, ms. */
export function cpuOfChildren(parent: number): Promise<ByName> {
  return ofChildren(parent, async (pid) => {
    const stat = await readFile(join('/proc', pid, 'stat'), 'utf8').catch(() => '');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond;
  });
}

/** Resident memory of each child of a process, MiB. */
export function memoryOfChildren(parent: number): Promise<ByName> {
  return ofChildren(parent, async (pid) => {
    const status = await readFile(join('/proc', pid, 'status'), 'utf8').catch(() => '');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
  });
}

async function ofChildren(parent: number, figure: (pid: string) => Promise<number>): Promise<ByName> {
  const children = await readFile(`/proc/${parent}/task/${parent}/children`, 'utf8');
  const found: Record<string, number> = {};
  for (const pid of children.trim().split(' ').filter(Boolean)) {
    const command = await readFile(join('/proc', pid, 'cmdline'), 'utf8').catch(() => '');
    const name = namesByCommand.find(([part]) => command.includes(part))?.[1] ?? 'others';
    found[name] = (found[name] ?? 0) + (await figure(pid));
  }
  return found;
}
