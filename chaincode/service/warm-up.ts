/** Runs every function of the contracts once before peers may call, so that no caller waits for compilation. */
import type { ContractClass } from './shim.ts';

/** A context without state: every read finds nothing, every write is dropped. */
const emptyContext = {
  clientIdentity: {
    getID: () => 'x509::/OU=client/CN=warm-up::/CN=none',
    getMSPID: () => 'ProvinceMSP',
    getAttributeValue: () => null,
  },
  stub: {
    getTxID: () => 'warm-up',
    getTxTimestamp: () => ({ seconds: 0, nanos: 0 }),
    getFunctionAndParameters: () => ({ fcn: 'warm-up' }),
    getState: () => Promise.resolve(new Uint8Array()),
    putState: () => Promise.resolve(),
    getStateByPartialCompositeKey: () => Promise.resolve({ next: endOfRange, close: endOfRange }),
    setEvent: () => undefined,
  },
};

/** Calls every function with an empty object, which each refuses after its schema has been compiled. */
export async function warmUp(contracts: readonly ContractClass[]): Promise<void> {
  for (const contract of contracts.map((Contract) => new Contract())) {
    const own = Object.getOwnPropertyNames(Object.getPrototypeOf(contract));
    for (const name of own.filter((one) => one !== 'constructor')) await callOnce(contract, name);
  }
}

async function callOnce(contract: object, name: string): Promise<void> {
  const fn: unknown = Reflect.get(contract, name);
  if (typeof fn !== 'function') return;
  try {
    await Reflect.apply(fn, contract, [emptyContext, '{}']);
  } catch {
    return; // A refusal is what is expected.
  }
}

function endOfRange(): Promise<{ done: true }> {
  return Promise.resolve({ done: true });
}
