/** What the test networks deploy in place of the platform's contracts: the toy contract of the conformance suite. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { codeFolderOf, passingFolder } from './test-network.ts';

/** @returns a folder with the toy contract as a package */
export function toyPackage(): string {
  const source = resolve(import.meta.dirname, '../../test/support/toy-contract.ts');
  const module = join(passingFolder(), 'index.ts');
  writeFileSync(module, `${readFileSync(source, 'utf8')}\nexport const contracts = [ToyContract];\n`);
  return codeFolderOf(module);
}
