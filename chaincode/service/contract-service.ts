/** Runs the calls of peers on the contracts: checks the function's name and arguments, counts, and drains at the end. */
import { setTimeout as delay } from 'node:timers/promises';
import { holdWrites } from './shim.ts';
import type { Answer, CallStub, ShimChaincode, ShimDispatcher } from './shim.ts';

const SYSTEM_CONTRACT = 'org.hyperledger.fabric';
const ERROR = 500;
const UNKNOWN = 'unknown';

/** How a call ended: answered, refused by a contract with a code, or failed without one. */
export type Outcome = 'ok' | 'refused' | 'failed';

/** What has happened so far, for `/metrics`. */
export interface CallCounts {
  readonly inFlight: number;
  /** Calls by function (`contract:function`) and outcome. */
  readonly calls: ReadonlyMap<string, Readonly<Record<Outcome, number>>>;
  /** Seconds that all calls together took. */
  readonly seconds: number;
}

/** The contracts as the shim calls them. */
export class ContractService implements ShimChaincode {
  readonly #dispatcher: ShimDispatcher;
  /** Number of arguments by `contract:function`. */
  readonly #arity: ReadonlyMap<string, number>;
  readonly #calls = new Map<string, Record<Outcome, number>>();
  #inFlight = 0;
  #seconds = 0;
  #isDraining = false;

  constructor(dispatcher: ShimDispatcher) {
    this.#dispatcher = dispatcher;
    this.#arity = takeParameters(dispatcher);
  }

  /** Names of the functions that callers may use, as `contract:function`. */
  get functions(): readonly string[] {
    return [...this.#arity.keys()];
  }

  get counts(): CallCounts {
    return { inFlight: this.#inFlight, calls: this.#calls, seconds: this.#seconds };
  }

  Init(stub: CallStub): Promise<Answer> {
    return this.Invoke(stub);
  }

  async Invoke(stub: CallStub): Promise<Answer> {
    // A call that comes while draining gets no answer: the peer sees the stream end and the caller asks elsewhere.
    // An answer of ours, being an endorsement refused, would count as the contract's last word.
    if (this.#isDraining) return new Promise(() => undefined);
    const began = performance.now();
    this.#inFlight += 1;
    const [name = '', ...args] = stub.getBufferArgs();
    const fn = Buffer.from(name).toString();
    const answer = this.#refusal(fn, args.length) ?? (await this.#run(stub));
    this.#inFlight -= 1;
    this.#seconds += (performance.now() - began) / 1000;
    this.#count(fn, outcomeOf(answer));
    return answer;
  }

  /** Begins no further call and waits for those that run. @param withinMs longest wait */
  async drain(withinMs: number): Promise<void> {
    this.#isDraining = true;
    const deadline = performance.now() + withinMs;
    while (this.#inFlight > 0 && performance.now() < deadline) await delay(10);
  }

  async #run(stub: CallStub): Promise<Answer> {
    const writes = holdWrites(stub);
    const answer = await this.#dispatcher.Invoke(stub);
    if (answer.status >= ERROR) return answer;
    try {
      await writes.flush();
      return answer;
    } catch (error) {
      return { status: ERROR, message: error instanceof Error ? error.message : String(error) };
    }
  }

  #refusal(fn: string, given: number): Answer | null {
    const expected = this.#arity.get(fn);
    if (expected === undefined) return unknownFunction(fn, this.functions);
    if (expected === given) return null;
    return { status: ERROR, message: `Expected ${expected} parameters, but ${given} have been supplied` };
  }

  #count(fn: string, outcome: Outcome): void {
    const label = this.#arity.has(fn) ? fn : UNKNOWN;
    const counts = this.#calls.get(label) ?? { ok: 0, refused: 0, failed: 0 };
    counts[outcome] += 1;
    this.#calls.set(label, counts);
  }
}

/**
 * Contracts take and give strings, which the shim would hold against a schema it compiles anew for each argument.
 * @returns the number of arguments by `contract:function`
 */
function takeParameters({ metadata }: ShimDispatcher): Map<string, number> {
  const arity = new Map<string, number>();
  for (const [contract, described] of Object.entries(metadata.contracts)) {
    for (const transaction of described?.transactions ?? []) {
      const parameters = transaction.parameters ?? [];
      arity.set(`${contract}:${transaction.name}`, parameters.length);
      if (parameters.every(({ schema }) => schema.type === 'string')) delete transaction.parameters;
    }
  }
  return arity;
}

function unknownFunction(fn: string, known: readonly string[]): Answer {
  const [contract = '', name = ''] = fn.split(':');
  const isKnownContract = contract === SYSTEM_CONTRACT || known.some((one) => one.startsWith(`${contract}:`));
  const [code, message] = isKnownContract
    ? ['UNKNOWN_FUNCTION', `${contract} has no function ${name}`]
    : ['UNKNOWN_CONTRACT', `no contract ${contract} is deployed`];
  const details = { contract, ...(isKnownContract ? { fn: name } : {}) };
  return { status: ERROR, message: JSON.stringify({ code, message, details }) };
}

function outcomeOf({ status, message = '' }: Answer): Outcome {
  if (status < ERROR) return 'ok';
  return message.startsWith('{') ? 'refused' : 'failed';
}
