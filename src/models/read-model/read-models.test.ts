import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Schema } from 'mongoose';
import mongoose from 'mongoose';
import { flowKeyOf } from '#kernel/records/keys.ts';
import { derived, issue, members } from '../../../test/support/derived-documents.ts';
import type { FakeWrite } from '../../../test/support/fake-ledger.ts';
import {
  actOf,
  alertRecord,
  flowRecord,
  matchRecord,
  outcomeRecord,
  registrationRecord,
  write,
} from '../../../test/support/ledger-records.ts';
import { readModelNames, readModelSchemas } from './read-models.ts';
import type { ReadModelName } from './read-models.ts';

test('every derived document is valid by its schema and holds no field that the schema lacks', async () => {
  const flow = flowRecord('S1');
  const docs = derived(members, issue, {
    id: 't3',
    writes: [
      write.flow(flow),
      write.outcome(flow, outcomeRecord(flowKeyOf(flow))),
      write.registration(registrationRecord('d1')),
      write.match(matchRecord('d1', flow)),
      write.alert(alertRecord('a1')),
      ...otherRecords(),
    ],
    events: [{ type: 'flow.ingested', subject: { flowKey: flowKeyOf(flow) } }],
  });
  const seen = new Set<string>();
  for (const [key, doc] of docs) {
    const name = key.split(' ')[0] as ReadModelName;
    const schema = readModelSchemas[name] as Schema;
    const extra = Object.keys(doc).filter((field) => !(field in schema.paths));
    assert.deepEqual(extra, [], name);
    const validating = new mongoose.Mongoose();
    const model = validating.model(name, schema);
    await new model(doc).validate();
    seen.add(name);
  }
  assert.deepEqual([...seen].sort(), [...readModelNames].sort());
});

/** One record of each type that no other test here writes. */
function otherRecords(): FakeWrite[] {
  const proposed = { proposed: actOf(), confirmed: null };
  const user = {
    ...{ id: 'u1', orgId: 'plo', role: 'leading-office', posts: ['handle'], mspId: 'ProvinceMSP' },
    ...{ division: '52', state: 'ACTIVE', registered: actOf(), activated: null, disabled: null },
  };
  const fund = {
    ...{ id: 'fund1', name: '基金', fiscalShareBp: 1000, provinceWeight: 4, localWeight: 6 },
    ...{ localLevel: 'county', banks: [{ orgId: 'icbc', weight: 1 }], provinceOrgId: 'pfd' },
    ...{ vehicleOrgId: 'lpf', state: 'PROPOSED', ...proposed },
  };
  const call = {
    ...{ id: 'call1', fundId: 'fund1', title: '第一批', limitFen: '100', opensOn: '2026-01-01' },
    ...{ closesOn: '2026-12-31', state: 'OPEN', ...proposed, closed: null },
  };
  const calendar = { year: 2026, notice: '通知', days: [], state: 'PROPOSED', ...proposed };
  const sha256 = 'ab'.repeat(32);
  const evidence = {
    ...{ sha256, size: 1, mediaType: 'image/png', chunksHash: sha256 },
    ...{ owner: { kind: 'project', id: 'p1' }, anchored: actOf(), orgId: 'unit1' },
  };
  return [
    { type: 'USER', parts: ['u1'], value: user },
    { type: 'FUND', parts: ['fund1'], value: fund },
    { type: 'CALL', parts: ['fund1', 'call1'], value: call },
    { type: 'CALENDAR', parts: ['2026'], value: calendar },
    { type: 'EVIDENCE', parts: [sha256, 'project', 'p1'], value: evidence },
  ];
}
