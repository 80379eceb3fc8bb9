/** A stand-in with the adapter over it and one user, for tests of failures; waits cost no time. */
import type { FabricLedger, FabricLedgerOptions } from '../../../src/blockchain/fabric/fabric-ledger.ts';
import type { Pacing } from '../../../src/blockchain/fabric/attempts.ts';
import type { Committed } from '../../../src/blockchain/ledger.port.ts';
import { CLERK, toy, type IssuedIdentity } from '../ledger-under-test.ts';
import { ToyContract } from '../toy-contract.ts';
import { StandIn } from './stand-in.ts';

/** One line of the adapter's log. */
export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly fields: Record<string, unknown>;
  readonly message: string;
}

/** What a test works with. */
export interface Subject {
  readonly standIn: StandIn;
  readonly ledger: FabricLedger;
  readonly clerk: IssuedIdentity;
  readonly log: readonly LogLine[];
  /** Every pause the adapter made, ms. */
  readonly pauses: readonly number[];
  readonly submit: (fn: string, ...args: string[]) => Promise<Committed>;
  readonly ask: (fn: string, ...args: string[]) => Promise<string>;
  /** The adapter of another process. */
  readonly connect: (options?: Partial<FabricLedgerOptions>) => Promise<FabricLedger>;
}

/** Opens a subject that is closed when the test ends. */
export async function openSubject(
  t: { after(fn: () => Promise<void>): void },
  options: Partial<FabricLedgerOptions> = {},
): Promise<Subject> {
  const standIn = await StandIn.start([ToyContract]);
  const clerk = await standIn.authorities.identity(CLERK);
  const log: LogLine[] = [];
  const note =
    (level: LogLine['level']) =>
    (fields: object, message: string): void =>
      void log.push({ level, fields: { ...fields }, message });
  const pauses: number[] = [];
  const opened: FabricLedger[] = [];
  const connect = async (more: Partial<FabricLedgerOptions> = {}): Promise<FabricLedger> => {
    const ledger = await standIn.connect({
      pacing: quickPacing(pauses),
      log: { info: note('info'), warn: note('warn'), error: note('error') },
      ...options,
      ...more,
    });
    opened.push(ledger);
    return ledger;
  };
  t.after(async () => {
    for (const ledger of opened) await ledger.close();
    await standIn.close();
  });
  const ledger = await connect();
  return {
    standIn,
    ledger,
    clerk,
    log,
    pauses,
    connect,
    submit: (fn, ...args) => ledger.submit(toy(fn, ...args), clerk),
    ask: (fn, ...args) => ledger.evaluate(toy(fn, ...args), clerk),
  };
}

/** A clock that runs ahead by every pause, which itself takes a few milliseconds at most. */
function quickPacing(pauses: number[]): Pacing {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    random: () => 0.5,
    wait: async (ms, signal) => {
      pauses.push(ms);
      ahead += ms;
      for (let turn = 0; turn < 20 && !signal?.aborted; turn++) await new Promise(setImmediate);
    },
  };
}
