/** A channel in memory for contract tests: committed state, Fabric's "own writes are not read back", one event. */
import type { Contract } from 'fabric-contract-api';
import { mspOfRole } from '#kernel/records/common.ts';
import type { Post, Role } from '#kernel/records/common.ts';
import { eventEnvelope } from '#kernel/records/events.ts';
import type { DomainEvent } from '#kernel/records/events.ts';
import { compositeKey } from '#kernel/records/keys.ts';
import type { ObjectType } from '#kernel/records/keys.ts';
import type { ContractContext, RangeIterator } from '../src/context.ts';
import type { RecordOf } from '../src/ledger-records.ts';
import type { RefusalCode } from '../src/refusal.ts';

/** A person or machine as the certificate shows it. */
export interface TestIdentity {
  readonly userId: string;
  readonly role: Role;
  readonly orgId: string;
  readonly division: string;
  readonly posts: readonly Post[];
  /** The provider of the certificate; by default the one of the role. */
  readonly mspId?: string;
}

/** What a committed call left behind. */
export interface Receipt<R> {
  readonly result: R;
  readonly events: readonly DomainEvent[];
  readonly writes: ReadonlyMap<string, string>;
}

type ContractClass = new () => Contract;
type TransactionFunction = (ctx: ContractContext, json: string) => Promise<string>;

/** Calls contract classes directly; a call that throws leaves nothing behind. */
export class MemoryLedger {
  readonly state = new Map<string, string>();
  readonly #contracts: ReadonlyMap<string, Contract>;
  #count = 0;

  constructor(classes: readonly ContractClass[]) {
    this.#contracts = new Map(classes.map((C) => new C()).map((contract) => [contract.getName(), contract]));
  }

  /** Submits; a request id is made up unless the arguments carry one. */
  async submit<R = Record<string, unknown>>(
    contractFn: string,
    args: Record<string, unknown>,
    who: TestIdentity,
  ): Promise<Receipt<R>> {
    this.#count += 1;
    const writes = new Map<string, string>();
    const events: DomainEvent[] = [];
    const json = JSON.stringify({ requestId: `request-${this.#count}`, ...args });
    const result = await this.#call(contractFn, json, this.#context(contractFn, who, { writes, events }));
    for (const [key, value] of writes) this.state.set(key, value);
    return { result: JSON.parse(result) as R, events, writes };
  }

  /** Evaluates; nothing is written. */
  async query<R = unknown>(contractFn: string, args: Record<string, unknown>, who: TestIdentity): Promise<R> {
    const context = this.#context(contractFn, who, { writes: new Map(), events: [] });
    return JSON.parse(await this.#call(contractFn, JSON.stringify(args), context)) as R;
  }

  /** A record of the committed state. */
  record<T extends ObjectType>(type: T, parts: readonly string[]): RecordOf[T] | null {
    const text = this.state.get(compositeKey(type, parts));
    return text === undefined ? null : (JSON.parse(text) as RecordOf[T]);
  }

  async #call(contractFn: string, json: string, ctx: ContractContext): Promise<string> {
    const [name = '', fn = ''] = contractFn.split(':');
    const contract = this.#contracts.get(name) as unknown as Record<string, TransactionFunction> | undefined;
    if (contract?.[fn] === undefined) throw new Error(`no function ${contractFn}`);
    return contract[fn](ctx, json);
  }

  #context(
    fcn: string,
    who: TestIdentity,
    out: { writes: Map<string, string>; events: DomainEvent[] },
  ): ContractContext {
    const attributes: Record<string, string> = {
      role: who.role,
      org: who.orgId,
      division: who.division,
      posts: who.posts.join(','),
    };
    const bytes = (text: string | undefined): Uint8Array => Buffer.from(text ?? '', 'utf8');
    return {
      clientIdentity: {
        getID: () => `x509::/OU=client/CN=${who.userId}::/CN=ca`,
        getMSPID: () => who.mspId ?? mspOfRole[who.role],
        getAttributeValue: (name) => attributes[name] ?? null,
      },
      stub: {
        getTxID: () => `tx-${this.#count}`,
        getTxTimestamp: () => ({ seconds: 1_795_000_000 + this.#count, nanos: 0 }),
        getFunctionAndParameters: () => ({ fcn }),
        getState: (key) => Promise.resolve(bytes(this.state.get(key))),
        putState: (key, value) => {
          out.writes.set(key, Buffer.from(value).toString('utf8'));
          return Promise.resolve();
        },
        getStateByPartialCompositeKey: (type, parts) =>
          Promise.resolve(this.#range(type as ObjectType, parts)),
        setEvent: (_name, payload) => {
          const envelope: unknown = JSON.parse(Buffer.from(payload).toString('utf8'));
          out.events.push(...eventEnvelope.parse(envelope).events);
        },
      },
    };
  }

  #range(type: ObjectType, parts: readonly string[]): RangeIterator {
    const prefix = compositeKey(type, parts);
    const found = [...this.state]
      .filter(([key]) => key.startsWith(prefix))
      .sort(([a], [b]) => (a < b ? -1 : 1));
    let at = 0;
    return {
      next: () => {
        const entry = found[at];
        at += 1;
        if (entry === undefined) return Promise.resolve({ done: true });
        return Promise.resolve({
          value: { key: entry[0], value: Buffer.from(entry[1], 'utf8') },
          done: false,
        });
      },
      close: () => Promise.resolve(),
    };
  }
}

/** A channel as fixtures use it: this one, or a real ledger behind the same two calls. */
export type TestChannel = Pick<MemoryLedger, 'submit' | 'query'>;

/** For assert.rejects: the refusal has this code. */
export function refusal(code: RefusalCode): (error: unknown) => boolean {
  return (error) => {
    // A real ledger hands the refusal on as an error of its own with the same code.
    if (error instanceof Error && 'code' in error && error.code === code) return true;
    throw new Error(`expected refusal ${code}, got ${String(error)}`);
  };
}
