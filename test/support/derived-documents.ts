/** The documents that a short story on a fake ledger gives, without a store. */
import assert from 'node:assert/strict';
import { deriveBlock } from '../../src/models/read-model/derive.ts';
import { Facts } from '../../src/models/read-model/facts.ts';
import type { ReadModelDocs, ReadModelName } from '../../src/models/read-model/read-models.ts';
import { FakeLedger } from './fake-ledger.ts';
import type { FakeTransaction } from './fake-ledger.ts';
import { accountRecord, draftRecord, organisationRecord, projectRecord, write } from './ledger-records.ts';

/** Derives transactions, a block each, and returns the last version of every document by model and id. */
export function derived(...transactions: FakeTransaction[]): Map<string, object> {
  const ledger = new FakeLedger();
  const facts = new Facts();
  const docs = new Map<string, object>();
  for (const transaction of transactions) {
    for (const { model, id, doc } of deriveBlock(ledger.append([transaction]), facts).writes) {
      if (doc === null) docs.delete(`${model} ${id}`);
      else docs.set(`${model} ${id}`, doc);
    }
  }
  return docs;
}

/** The document of a model and id. @throws AssertionError naming what there is instead */
export function found<K extends ReadModelName>(
  docs: Map<string, object>,
  model: K,
  id: string,
): ReadModelDocs[K] {
  const doc = docs.get(`${model} ${id}`);
  assert.ok(doc !== undefined, `no ${model} ${id} among ${[...docs.keys()].join(', ')}`);
  return doc as ReadModelDocs[K];
}

/** Organisations of the province and one county company, with accounts. */
export const members: FakeTransaction = {
  id: 't-members',
  contract: 'member',
  writes: [
    write.organisation(organisationRecord('pfd')),
    write.organisation(organisationRecord('lpf')),
    write.organisation(organisationRecord('icbc')),
    write.organisation(organisationRecord('cpc', { division: '522634', level: 'county' })),
    write.account(accountRecord('pfd', '10001')),
    write.account(accountRecord('lpf', '20001')),
    write.account(accountRecord('cpc', '30001')),
  ],
};
/** A draft issued for an approved project. */
export const issue: FakeTransaction = {
  id: 't-issue',
  writes: [
    write.draft(draftRecord('d1')),
    write.project(projectRecord('p1', { state: 'APPROVED', draftId: 'd1' })),
  ],
};
