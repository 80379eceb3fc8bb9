/**
 * The contracts as a service that peers connect to. Environment: CHAINCODE_ADDRESS (host:port for peers),
 * CHAINCODE_ID (package id that the peer knows), CHAINCODE_OPERATIONS_ADDRESS (host:port of health and metrics),
 * CHAINCODE_CONTRACTS (module that exports `contracts`; absent = the package's own).
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ContractService } from './contract-service.ts';
import { openOperations } from './operations.ts';
import { newDispatcher, newServer, type ContractClass } from './shim.ts';
import { warmUp } from './warm-up.ts';

const DRAIN_MS = 5000;
const OWN_CONTRACTS = resolve(import.meta.dirname, '../src/index.ts');

function log(msg: string, fields: Readonly<Record<string, unknown>> = {}): void {
  process.stdout.write(`${JSON.stringify({ time: Date.now(), name: 'chaincode', ...fields, msg })}\n`);
}

function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set.`);
  return value;
}

async function main(): Promise<void> {
  const address = required('CHAINCODE_ADDRESS');
  const packageId = required('CHAINCODE_ID');
  const module = pathToFileURL(resolve(process.env['CHAINCODE_CONTRACTS'] ?? OWN_CONTRACTS));
  const { contracts } = (await import(module.href)) as { contracts: readonly ContractClass[] };
  const service = new ContractService(
    newDispatcher(contracts, (source, text) => log('shim', { source, text })),
  );
  await warmUp(contracts);
  const state = { isReady: false };
  await newServer(service, { ccid: packageId, address }).start();
  await openOperations(required('CHAINCODE_OPERATIONS_ADDRESS'), () => ({
    isReady: state.isReady,
    counts: service.counts,
    packageId,
  }));
  state.isReady = true;
  log('listening', { packageId, functions: service.functions.length });
  const stop = (): void => {
    state.isReady = false;
    log('stopping', { inFlight: service.counts.inFlight });
    // The last answers leave with the next turns of the event loop.
    void service.drain(DRAIN_MS).then(() => setTimeout(() => process.exit(0), 50));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
