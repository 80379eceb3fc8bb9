/** What an upgrade of the contracts changes: files and functions that come, go or differ. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ContractService } from '../chaincode/service/contract-service.ts';
import { newDispatcher, type ContractClass } from '../chaincode/service/shim.ts';
import { codeFiles } from './chaincode-package.ts';

/** Names on both sides. */
export interface Changes {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

/** Compares the files of two states of the code. */
export function fileChanges(before: string, after: string): Changes {
  const [old, young] = [codeFiles(before), codeFiles(after)];
  return {
    added: young.filter((path) => !old.includes(path)),
    removed: old.filter((path) => !young.includes(path)),
    changed: young.filter((path) => old.includes(path) && !isSame(join(before, path), join(after, path))),
  };
}

/** Compares the functions that callers may use. */
export async function functionChanges(before: string, after: string): Promise<Changes> {
  const [old, young] = await Promise.all([functionsOf(before), functionsOf(after)]);
  return {
    added: young.filter((name) => !old.includes(name)),
    removed: old.filter((name) => !young.includes(name)),
    changed: [],
  };
}

async function functionsOf(folder: string): Promise<readonly string[]> {
  const module = pathToFileURL(join(folder, 'src/index.ts')).href;
  const { contracts } = (await import(module)) as { contracts: readonly ContractClass[] };
  return new ContractService(newDispatcher(contracts, () => undefined)).functions;
}

function isSame(one: string, other: string): boolean {
  return existsSync(one) && existsSync(other) && readFileSync(one).equals(readFileSync(other));
}
