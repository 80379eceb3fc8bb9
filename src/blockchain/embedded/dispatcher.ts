/** fabric-shim's own dispatcher around the contract classes, so that they run here exactly as on a peer. */
import { createRequire } from 'node:module';
import type { ChaincodeResponse } from 'fabric-shim-api';
import { contractRefusal } from '../contract-refusal.ts';
import { LedgerRefusal, type LedgerCall } from '../ledger.port.ts';
import type { EmbeddedStub } from './embedded-stub.ts';

const SYSTEM_CONTRACT = 'org.hyperledger.fabric';
const ERROR_THRESHOLD = 400;

/** A contract class of fabric-contract-api. */
export type ContractClass = new () => { getName(): string };

interface TransactionDescriptor {
  readonly name: string;
  parameters?: readonly { readonly schema: { readonly type?: string } }[];
}

interface Metadata {
  readonly contracts: Record<string, { readonly transactions: readonly TransactionDescriptor[] } | undefined>;
}

interface ShimDispatcher {
  readonly metadata: Metadata;
  Invoke(stub: EmbeddedStub): Promise<ChaincodeResponse>;
}

/** fabric-shim's ClientIdentity. */
type IdentityClass = new (stub: EmbeddedStub) => object;

interface ShimLogger {
  debug: () => void;
  error: () => void;
}

/** Runs calls of the deployed contracts. */
export class Dispatcher {
  readonly #shim: ShimDispatcher;
  /** Number of arguments by contract and function. */
  readonly #functions = new Map<string, ReadonlyMap<string, number>>();

  /** @throws Error when a class is no contract */
  constructor(contracts: readonly ContractClass[]) {
    this.#shim = newShimDispatcher(contracts);
    for (const [name, contract] of Object.entries(this.#shim.metadata.contracts)) {
      if (contract) this.#functions.set(name, takeParameters(contract.transactions));
    }
  }

  /** Names of the deployed contracts, without Fabric's own system contract. */
  get contracts(): readonly string[] {
    return [...this.#functions.keys()].filter((name) => name !== SYSTEM_CONTRACT);
  }

  /** @throws LedgerRefusal UNKNOWN_CONTRACT, UNKNOWN_FUNCTION or CONTRACT_ERROR for another number of arguments */
  check({ contract, fn, args }: LedgerCall): void {
    const functions = this.#functions.get(contract);
    if (!functions)
      throw new LedgerRefusal('UNKNOWN_CONTRACT', `no contract ${contract} is deployed`, { contract });
    const expected = functions.get(fn);
    if (expected === undefined) {
      throw new LedgerRefusal('UNKNOWN_FUNCTION', `${contract} has no function ${fn}`, { contract, fn });
    }
    if (args.length !== expected) {
      const message = `Expected ${expected} parameters, but ${args.length} have been supplied`;
      throw new LedgerRefusal('CONTRACT_ERROR', message, { contract, fn });
    }
  }

  /** Runs one call; its result as text. @throws LedgerRefusal what the contract refused */
  async invoke(stub: EmbeddedStub): Promise<string> {
    const response = await this.#shim.Invoke(stub);
    if (response.status >= ERROR_THRESHOLD) throw contractRefusal(response.message ?? '');
    return response.payload ? Buffer.from(response.payload).toString() : '';
  }
}

/**
 * Contracts take and give strings, which the shim would hold against a schema it compiles anew for each argument.
 * @returns the number of arguments by function
 */
function takeParameters(transactions: readonly TransactionDescriptor[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const transaction of transactions) {
    const parameters = transaction.parameters ?? [];
    counts.set(transaction.name, parameters.length);
    if (parameters.every(({ schema }) => schema.type === 'string')) delete transaction.parameters;
  }
  return counts;
}

function newShimDispatcher(contracts: readonly ContractClass[]): ShimDispatcher {
  const require = createRequire(import.meta.url);
  const shimRequire = createRequire(require.resolve('fabric-shim'));
  quietLoggers(shimRequire);
  cacheIdentities(shimRequire);
  const { JSONSerializer } = require('fabric-contract-api') as { JSONSerializer: unknown };
  const ChaincodeFromContract = shimRequire('./lib/contract-spi/chaincodefromcontract.js') as new (
    classes: ContractClass[],
    serializers: object,
    metadata: object,
    title: string,
    version: string,
  ) => ShimDispatcher;
  const serializers = { transaction: 'jsonSerializer', serializers: { jsonSerializer: JSONSerializer } };
  return new ChaincodeFromContract([...contracts], serializers, {}, 'contracts', '1');
}

/** The shim logs arguments and refusals, which carry amounts and names; the ledger logs ids itself. */
function quietLoggers(shimRequire: NodeJS.Require): void {
  const logging = shimRequire('./lib/logger.js') as { getLogger(name: string): ShimLogger };
  const contractLogging = shimRequire('fabric-contract-api/lib/logger.js') as {
    getLogger(name: string): ShimLogger;
  };
  const nothing = (): void => undefined;
  for (const name of [
    'contracts-spi/chaincodefromcontract.js',
    'contracts-spi/datamarshall.js',
    'lib/chaincode.js',
  ]) {
    Object.assign(logging.getLogger(name), { debug: nothing, error: nothing });
  }
  for (const name of ['./lib/contract.js', './lib/jsontransactionserializer.js']) {
    Object.assign(contractLogging.getLogger(name), { debug: nothing, error: nothing });
  }
}

/** The shim reads the creator's certificate anew for every call; here once for each creator, of which endorsers hold one. */
function cacheIdentities(shimRequire: NodeJS.Require): void {
  const chaincode = shimRequire('./lib/chaincode.js') as { ClientIdentity: IdentityClass };
  if (caching.has(chaincode.ClientIdentity)) return;
  const cache = new WeakMap<object, object>();
  chaincode.ClientIdentity = new Proxy(chaincode.ClientIdentity, {
    construct: (original, [stub]: [EmbeddedStub]) => {
      const creator = stub.getCreator();
      let identity = cache.get(creator);
      // It keeps the stub it was made for, which nothing asks it for.
      if (!identity) cache.set(creator, (identity = Object.assign(new original(stub), { stub: null })));
      return identity;
    },
  });
  caching.add(chaincode.ClientIdentity);
}

const caching = new WeakSet();
