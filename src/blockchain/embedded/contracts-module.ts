/** Loads the contract classes of the installation, so that nothing here imports them by name. */
import { pathToFileURL } from 'node:url';
import type { ContractClass } from './dispatcher.ts';

/** @param path a module that exports `contracts`, a list of contract classes. @throws Error when it does not */
export async function loadContracts(path: string): Promise<readonly ContractClass[]> {
  const { contracts } = (await import(pathToFileURL(path).href)) as {
    readonly contracts?: readonly ContractClass[];
  };
  if (!contracts?.length) throw new Error(`${path} exports no contracts`);
  return contracts;
}
