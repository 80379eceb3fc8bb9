/** Writers that keep book of what was acknowledged, so that a fault's losses and doubles show. */
import assert from 'node:assert/strict';
import type { Committed, Ledger, LedgerIdentity } from '../../src/blockchain/ledger.port.ts';
import { toy } from '../../test/support/ledger-under-test.ts';

/** What a writer was told. */
export interface Told {
  readonly key: string;
  readonly committed: Committed | null;
  readonly error: unknown;
}

/** A load that runs until it is stopped. */
export interface Workload {
  /** Transactions answered so far, with a commit or an error. */
  readonly told: readonly Told[];
  /** Waits until so many further commits were told. */
  more(commits: number): Promise<void>;
  /** Ends the load; everything asked for has been answered then. */
  stop(): Promise<readonly Told[]>;
}

let loads = 0;

/** Starts writers that each add one to keys of their own, once per key. */
export function startWorkload(ledger: Ledger, identity: LedgerIdentity, writers = 5): Workload {
  loads += 1;
  const load = loads;
  const told: Told[] = [];
  let isStopping = false;
  const write = async (writer: number): Promise<void> => {
    for (let number = 0; !isStopping; number += 1) {
      const key = `load${load}-${writer}-${number}`;
      told.push(
        await ledger.submit(toy('increment', key), identity).then(
          (committed) => ({ key, committed, error: null }),
          (error: unknown) => ({ key, committed: null, error }),
        ),
      );
      if (told.at(-1)?.error) await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const running = Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
  const commits = (): number => told.filter(({ committed }) => committed).length;
  return {
    told,
    more: async (count) => {
      const goal = commits() + count;
      const deadline = Date.now() + 90_000;
      while (commits() < goal) {
        assert.ok(
          Date.now() < deadline,
          `only ${commits()} of ${goal} commits: ${String(told.at(-1)?.error)}`,
        );
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    stop: async () => {
      isStopping = true;
      await running;
      return told;
    },
  };
}

/**
 * Every acknowledged transaction is on the ledger, valid, once; one that was told to have failed is there once or not at all.
 * @returns how many were acknowledged
 */
export async function assertNothingLostOrDoubled(
  ledger: Ledger,
  identity: LedgerIdentity,
  told: readonly Told[],
): Promise<number> {
  let acknowledged = 0;
  for (const { key, committed } of told) {
    const value = await ledger.evaluate(toy('get', key), identity);
    if (!committed) {
      assert.ok(value === '' || value === '1', `${key} is ${value}`);
      continue;
    }
    acknowledged += 1;
    assert.equal(value, '1', `${key} was acknowledged`);
    const status = await ledger.transactionStatus(committed.transactionId);
    assert.deepEqual([status.code, status.blockNumber], ['VALID', committed.blockNumber]);
  }
  return acknowledged;
}
