/** The read model of what the real contracts write, through the real ledger and document store. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Connection } from 'mongoose';
import { advance, issuerKeys } from '../../chaincode/test/application.ts';
import { acceptMilestone, draftNow, payLeg, requestRedemption } from '../../chaincode/test/whole-life.ts';
import { openFund, person, populate } from '../../chaincode/test/world.ts';
import { createProjector } from '../../src/blockchain/projector/projector.ts';
import { openDocumentStore } from '../../src/models/connection.ts';
import { checkReadModel } from '../../src/models/read-model/check.ts';
import { ReadModelStore } from '../../src/models/read-model/read-model-store.ts';
import { readModels } from '../../src/models/read-model/read-models.ts';
import type { ReadModels } from '../../src/models/read-model/read-models.ts';
import { openContractChannel } from '../support/contract-channel.ts';
import type { ContractChannel } from '../support/contract-channel.ts';
import { startDocumentStore } from '../support/document-store.ts';
import type { TestDocumentStore } from '../support/document-store.ts';

let store: TestDocumentStore;
let channel: ContractChannel;
let connection: Connection;
let models: ReadModels;

before(async () => {
  store = await startDocumentStore();
  channel = await openContractChannel();
  connection = await openDocumentStore(store.uri);
  models = readModels(connection);
  await populate(channel, issuerKeys.publicKey);
  await openFund(channel);
  await advance(channel, 'decide');
  for (const legId of ['F1', 'F2', 'B1', 'B2', 'D1']) await payLeg(channel, legId, '2026-11-30');
  await acceptMilestone(channel, 1);
  await requestRedemption(channel, 1);
  await payLeg(channel, 'M1', '2026-12-15');
  const { ledger } = channel.opened;
  await createProjector({
    ledger,
    target: new ReadModelStore({ connection, channel: ledger.channel }),
  }).catchUp();
});
after(async () => {
  await connection.close();
  await channel.opened.close();
  await store.stop();
});

test('the draft and its legs show what the contracts decided', async () => {
  const onLedger = await draftNow(channel);
  const draft = await models.draft.findById(onLedger.DraftID).lean();
  assert.equal(draft?.status, 'PARTIALLY_REDEEMED');
  assert.deepEqual(draft.record, onLedger);
  assert.equal(draft.raisedFen, BigInt(onLedger.Amount));
  assert.equal(draft.passedDownFen, draft.raisedFen);
  const legs = await models.leg.find({ draftId: onLedger.DraftID }).lean();
  assert.equal(legs.length, onLedger.PlanPath.length);
  const paid = legs.filter((leg) => leg.state === 'MATCHED');
  assert.ok(paid.every((leg) => leg.matchedFen === leg.amountFen && leg.flowKey !== null));
  assert.deepEqual(
    legs.filter((leg) => leg.open).map((leg) => leg.legId),
    ['M2'],
  );
});

test('flows and registrations meet, inside the scope of the draft', async () => {
  const draft = await draftNow(channel);
  const flows = await models.flow.find({ state: 'MATCHED' }).lean();
  assert.equal(flows.length, 6);
  for (const flow of flows) {
    assert.equal(flow.draftId, draft.DraftID);
    assert.equal(flow.division, draft.division);
    assert.ok(flow.payerOrgId !== null && flow.payeeOrgId !== null);
    assert.ok(flow.parties.includes(flow.bankId));
  }
  assert.equal(await models.registration.countDocuments({ state: 'MATCHED' }), 6);
});

test('every transaction names who signed it, from the certificate', async () => {
  const all = await models.transaction.find().lean();
  const nameless = all.filter((tx) => tx.creatorUserId === '' || tx.creatorOrgId === '');
  assert.deepEqual(
    nameless.map((tx) => tx.fn),
    [],
  );
  const decided = all.find((tx) => tx.contract === 'project' && tx.fn === 'decide');
  const decider = person('plo', 3);
  assert.deepEqual([decided?.creatorUserId, decided?.creatorOrgId], [decider.userId, decider.orgId]);
  assert.equal(decided?.division, '522634');
});

test('every activity has a division to be scoped by', async () => {
  const unscoped = await models.activity.find({ division: '' }).lean();
  assert.deepEqual(
    unscoped.map((one) => one.type),
    [],
  );
});

test('the checker agrees with the projector', async () => {
  const report = await checkReadModel({ ledger: channel.opened.ledger, connection, graceMs: 0 });
  assert.deepEqual(report.differences, []);
});
