/** A read model on a database of its own beside a small ledger whose story is known. */
import type { Connection } from 'mongoose';
import { flowKeyOf } from '#kernel/records/keys.ts';
import { createProjector } from '../../src/blockchain/projector/projector.ts';
import type { Projector, ProjectorDeps } from '../../src/blockchain/projector/projector.ts';
import { openDocumentStore } from '../../src/models/connection.ts';
import { ReadModelStore } from '../../src/models/read-model/read-model-store.ts';
import { readModelNames, readModels } from '../../src/models/read-model/read-models.ts';
import type { ReadModels } from '../../src/models/read-model/read-models.ts';
import { nativeCollection } from '../../src/models/read-model/write-batch.ts';
import type { TestDocumentStore } from './document-store.ts';
import { FakeLedger } from './fake-ledger.ts';
import {
  accountRecord,
  draftRecord,
  flowRecord,
  organisationRecord,
  outcomeRecord,
  projectRecord,
  write,
} from './ledger-records.ts';

/** A database of its own, with the store, models and projector on it. */
export class Bench {
  readonly connection: Connection;
  readonly ledger: FakeLedger;
  readonly target: ReadModelStore;
  readonly models: ReadModels;
  constructor(connection: Connection, ledger: FakeLedger) {
    this.connection = connection;
    this.ledger = ledger;
    this.target = new ReadModelStore({ connection, channel: ledger.channel });
    this.models = readModels(connection);
  }

  projector(rest: Partial<ProjectorDeps> = {}): Projector {
    return createProjector({ ledger: this.ledger, target: this.target, ...rest });
  }

  /** Every derived document, by model. */
  async dump(): Promise<Record<string, unknown[]>> {
    const all: Record<string, unknown[]> = {};
    for (const name of readModelNames) {
      all[name] = await nativeCollection(this.connection, name).find().sort({ _id: 1 }).toArray();
    }
    return all;
  }
}

/** Opens a bench on a database of this name, and closes it. */
export async function withBench(
  store: TestDocumentStore,
  name: string,
  use: (bench: Bench) => Promise<void>,
): Promise<void> {
  const connection = await openDocumentStore(store.otherDatabase(name));
  try {
    await use(new Bench(connection, story()));
  } finally {
    await connection.close();
  }
}

/** The flow that the story ends with. */
export const flow = flowRecord('S1');
export const flowKey = flowKeyOf(flow);

/** Members, an issued draft, a flow that waits. */
export function story(salt = ''): FakeLedger {
  const ledger = new FakeLedger(salt);
  ledger.append([
    { id: 't0', writes: [write.organisation(organisationRecord('pfd'))] },
    { id: 't1', writes: [write.account(accountRecord('pfd', '10001'))] },
  ]);
  ledger.append([
    {
      id: 't2',
      writes: [
        write.project(projectRecord('p1', { state: 'APPROVED', draftId: 'd1' })),
        write.draft(draftRecord('d1')),
      ],
      events: [{ type: 'draft.issued', subject: { draftId: 'd1' }, orgIds: ['pfd'], division: '522634' }],
    },
    { id: 't3', code: 'MVCC_READ_CONFLICT' },
  ]);
  ledger.append([{ id: 't4', writes: [write.flow(flow), write.outcome(flow, outcomeRecord(flowKey))] }]);
  return ledger;
}
