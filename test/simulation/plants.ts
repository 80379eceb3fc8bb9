/** Faults planted between the platform and its ports, to prove that the checker finds what it must. */
import { compositeKey } from '#kernel/records/keys.ts';
import type { Draft } from '#kernel/records/draft.ts';
import type { Documents } from './documents.ts';
import type { LedgerProcess } from './ledger-process.ts';

/** Where a plant may stand. */
export interface Soil {
  readonly documents: Documents;
  readonly ledger: LedgerProcess;
}

/** A deliberate error. */
export interface Plant {
  sow(soil: Soil): void;
}

/** Arguments of a transaction, for a plant to alter on their way to the ledger. */
type Alter = (args: Record<string, unknown>) => Record<string, unknown>;

const onIngest = (
  alter: (flow: Record<string, unknown>, count: number) => Record<string, unknown>,
): Plant => {
  let count = 0;
  const entry: Alter = (args) => {
    count += 1;
    return { ...args, flow: alter(args['flow'] as Record<string, unknown>, count) };
  };
  const altered: Alter = (args) =>
    'entries' in args ? { entries: (args['entries'] as Record<string, unknown>[]).map(entry) } : entry(args);
  return {
    sow: ({ ledger }) => {
      ledger.alterCall = (call) =>
        ['ingest', 'ingestAll'].includes(call.fn)
          ? {
              ...call,
              args: call.args.map((one) =>
                JSON.stringify(altered(JSON.parse(one) as Record<string, unknown>)),
              ),
            }
          : call;
    },
  };
};

/** Changes a draft's record on its way to the disk. */
const onDraft = (alter: (draft: Draft) => Draft): Plant => ({
  sow: ({ ledger }) => {
    const prefix = compositeKey('DRAFT', []);
    ledger.alterRow = (key, value) =>
      key.startsWith(`s${prefix}`)
        ? Buffer.concat([inPlace(value), altered(ledger.valueOf(value), alter)])
        : value;
  },
});

/** The version of a row whose value stands in the row itself, not in the chain. */
function inPlace(row: Buffer): Buffer {
  const version = Buffer.from(row.subarray(0, versionBytes));
  version[0] = 0;
  return version;
}

const versionBytes = 10;

function altered(value: Buffer, alter: (draft: Draft) => Draft): Buffer {
  return Buffer.from(JSON.stringify(alter(JSON.parse(value.toString()) as Draft)));
}

/** Answers for writes of some rows without doing them. */
function withoutSome(
  name: string,
  collection: string,
  isLost: (row: Record<string, unknown>) => boolean,
): Plant {
  return {
    sow: ({ documents }) => {
      documents.meddler = (command, pass) => {
        if (command.name !== name || command.collection !== collection) return undefined;
        const left = without(command.operation, isLost);
        return left > 0 ? pass() : Promise.resolve({ ok: 1, n: 0 });
      };
    },
  };
}

/** Takes rows out of a write. @returns how many are left */
function without(write: Write, isLost: (row: Row) => boolean): number {
  const rows = write.documents ?? write.statements?.map(({ q }) => q) ?? [];
  const isKept = (_: unknown, at: number): boolean => !isLost(rows[at] ?? {});
  if (write.documents) write.documents = write.documents.filter(isKept);
  if (write.statements) write.statements = write.statements.filter(isKept);
  // The driver has made the bytes of a bulk write already.
  if (write.serializedOperations) write.serializedOperations = write.serializedOperations.filter(isKept);
  return rows.filter(isKept).length;
}

/** What the driver's operations of writing hold. */
interface Write {
  documents?: Row[];
  statements?: { readonly q: Row }[];
  serializedOperations?: unknown[];
}

type Row = Record<string, unknown>;

/** The plants by name. */
export const plants: Readonly<Record<string, Plant>> = {
  /** A matched leg counts twice what was paid. */
  'double-match': onDraft((draft) => ({
    ...draft,
    legs: draft.legs.map((leg) =>
      leg.state === 'MATCHED' ? { ...leg, matchedFen: String(2n * BigInt(leg.matchedFen)) } : leg,
    ),
  })),
  /** Some flows are acknowledged and never stored. */
  'lost-flow': withoutSome('insert', 'inbox_flows', (row) => String(row['serialNo']).endsWith('F2')),
  /** Amounts go through yuan as a float. */
  'float-amount': onIngest((flow) => ({
    ...flow,
    amountFen: String(Math.trunc((Number(flow['amountFen']) / 100 + 0.1 + 0.2 - 0.3) * 100)),
  })),
  /** Whoever was paid counts as the one who should have been. */
  'ignored-payee': onIngest((flow) => ({ ...flow, payee: payeeOfVehicle(flow) })),
  /** Legs no longer know what they wait for. */
  'forgotten-dependency': onDraft((draft) => ({
    ...draft,
    PlanPath: draft.PlanPath.map((leg) => ({ ...leg, dependsOn: [] })),
  })),
  /** The read model misses writes that the checkpoint says it has. */
  'stale-projection': withoutSome('update', 'legs', (row) => String(row['_id']).endsWith('~F1')),
};

/** The account that contributions go to. */
function payeeOfVehicle(flow: Record<string, unknown>): unknown {
  const payee = flow['payee'] as { account: string };
  return payee.account === '6200000000000000' ? { ...payee, account: '520000000002' } : payee;
}
