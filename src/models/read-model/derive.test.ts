import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Leg } from '#kernel/records/draft.ts';
import { flowKeyOf } from '#kernel/records/keys.ts';
import { derived, found, issue, members } from '../../../test/support/derived-documents.ts';
import type { FakeTransaction } from '../../../test/support/fake-ledger.ts';
import {
  actOf,
  alertRecord,
  draftRecord,
  flowRecord,
  outcomeRecord,
  progressRecord,
  projectRecord,
  registrationRecord,
  write,
} from '../../../test/support/ledger-records.ts';
import type { AlertDoc } from '../alert/alert.schema.ts';
import type { DraftDoc } from '../draft/draft.schema.ts';
import type { FlowDoc } from '../flow/flow.schema.ts';
import type { LegDoc } from '../leg/leg.schema.ts';
import type { RegistrationDoc } from '../registration/registration.schema.ts';

test('a draft takes name, township and unit from the project written in the same transaction', () => {
  const draft: DraftDoc = found(derived(issue), 'draft', 'd1');
  assert.equal(draft.projectName, '大塘镇通村公路');
  assert.equal(draft.townshipCode, '522634104');
  assert.deepEqual(draft.parties, ['cpc', 'cph', 'icbc', 'lpf', 'pfd', 'plo', 'unit1']);
  assert.equal(draft.amountFen, 1_000_000_000n);
  assert.equal(draft.nextDeadline, '2026-12-31');
  assert.equal(draft.openLegs, 3);
  assert.equal(draft.plannedLegsFen, 3_000_000_000n);
});

test('matched legs move the sums, the next deadline and what may be paid next', () => {
  const base = draftRecord('d1');
  const legs = [
    progressRecord('F1', { state: 'MATCHED', matchedFen: '1000000000', flowKey: 'k' }),
    progressRecord('D1', { state: 'MISMATCH', serialNo: 'S9', registered: actOf('l1', 'lpf') }),
    progressRecord('M1'),
  ];
  const docs = derived(issue, {
    id: 't2',
    writes: [write.draft({ ...base, legs, Status: 'RAISED', milestonesAccepted: [1] })],
  });
  const draft = found(docs, 'draft', 'd1');
  assert.equal(draft.raisedFen, 1_000_000_000n);
  assert.equal(draft.paidFen, 0n);
  assert.equal(draft.nextDeadline, '2027-01-29');
  assert.equal(draft.openLegs, 2);
  assert.equal(draft.mismatchedLegs, 1);
  const leg = (id: string): LegDoc => found(docs, 'leg', `d1~${id}`);
  assert.deepEqual([leg('F1').open, leg('F1').predecessorsMatched], [false, true]);
  assert.deepEqual([leg('D1').state, leg('D1').predecessorsMatched], ['MISMATCH', true]);
  assert.deepEqual([leg('M1').predecessorsMatched, leg('M1').milestoneAccepted], [false, true]);
  assert.equal(leg('D1').registeredBy, 'l1');
  assert.deepEqual(leg('F1').parties, ['icbc', 'lpf', 'pfd']);
  assert.ok(leg('F1').draftParties.includes('unit1'));
});

test('a leg keeps the version of its own last change when only another leg of its draft changes', () => {
  const base = draftRecord('d1');
  const legs = [progressRecord('F1', { state: 'REGISTERED' }), progressRecord('D1'), progressRecord('M1')];
  const docs = derived(issue, { id: 't2', writes: [write.draft({ ...base, legs })] });
  const txIds = ['F1', 'D1', 'M1'].map((id) => found(docs, 'leg', `d1~${id}`).txId);
  assert.deepEqual(txIds, ['t2', 't-issue', 't-issue']);
  const shorter = { ...base, PlanPath: base.PlanPath.slice(0, 2), legs: base.legs.slice(0, 2) };
  const cut = derived(issue, { id: 't2', writes: [write.draft(shorter)] });
  assert.equal(cut.has('leg d1~M1'), false);
});

test('a bank sees no application before the draft is issued', () => {
  const legs = draftRecord('d1').PlanPath;
  const planned = projectRecord('p1', { state: 'REVIEWED', plan: { legs, specialRule: [] } });
  const before = found(derived({ id: 't', writes: [write.project(planned)] }), 'project', 'p1');
  assert.deepEqual(before.parties, ['cph', 'unit1']);
  const issued = { ...planned, draftId: 'd1' };
  const after = found(derived({ id: 't', writes: [write.project(issued)] }), 'project', 'p1');
  assert.ok(after.parties.includes('icbc'));
});

test('an unclaimed flow belongs to the owners of its accounts and to the smallest division of them', () => {
  const flow = flowRecord('S1', {
    account: '20001',
    payer: { account: '20001', name: '', bankNo: '' },
    payee: { account: '30001', name: '', bankNo: '' },
  });
  const key = flowKeyOf(flow);
  const docs = derived(members, {
    id: 't2',
    writes: [write.flow(flow), write.outcome(flow, outcomeRecord(key))],
    events: [{ type: 'flow.ingested', subject: { flowKey: key }, orgIds: ['icbc'] }],
  });
  const doc: FlowDoc = found(docs, 'flow', key);
  assert.deepEqual([doc.payerOrgId, doc.payeeOrgId], ['lpf', 'cpc']);
  assert.equal(doc.division, '522634');
  assert.deepEqual(doc.parties, ['cpc', 'icbc', 'lpf']);
  const activity = found(docs, 'activity', 't2~0');
  assert.equal(activity.division, '522634');
  assert.deepEqual(activity.parties, ['cpc', 'icbc', 'lpf']);
});

test('a claimed flow takes the scope of its draft, and keeps what the bank said when only its state changes', () => {
  const flow = flowRecord('S1');
  const key = flowKeyOf(flow);
  const docs = derived(
    members,
    issue,
    { id: 't3', writes: [write.flow(flow), write.outcome(flow, outcomeRecord(key))] },
    {
      id: 't4',
      writes: [
        write.outcome(
          flow,
          outcomeRecord(key, { state: 'MATCHED', draftId: 'd1', legId: 'F1', decided: actOf() }),
        ),
      ],
    },
  );
  const doc = found(docs, 'flow', key);
  assert.deepEqual([doc.state, doc.projectId, doc.division, doc.txId], ['MATCHED', 'p1', '522634', 't4']);
  assert.equal(doc.amountFen, 1_000_000_000n);
  assert.equal(doc.record.flow.serialNo, 'S1');
});

test('a registration carries amount, deadline and parties of its leg', () => {
  const docs = derived(issue, { id: 't2', writes: [write.registration(registrationRecord('d1'))] });
  const doc: RegistrationDoc = found(docs, 'registration', 'd1~F1~S1~2026-11-20');
  assert.deepEqual([doc.amountFen, doc.deadline, doc.kind], [1_000_000_000n, '2026-12-31', 'F']);
  assert.deepEqual(doc.parties, ['icbc', 'lpf', 'pfd']);
  assert.equal(doc.division, '522634');
});

test('a rejected transaction writes nothing but its own entry, also under a repeated id', () => {
  const docs = derived(
    issue,
    { ...issue, id: 't9', code: 'MVCC_READ_CONFLICT' },
    { id: 't-issue', code: 'DUPLICATE_TXID' },
  );
  assert.equal(found(docs, 'draft', 'd1').txId, 't-issue');
  assert.equal(found(docs, 'transaction', 't9').valid, false);
  assert.equal(found(docs, 'transaction', 't-issue').valid, true);
  assert.equal(found(docs, 'transaction', 't-issue~2~0').code, 'DUPLICATE_TXID');
  assert.equal(found(docs, 'block', '1').valid, 0);
});

test('a deleted record takes its documents with it', () => {
  const docs = derived(issue, { id: 't2', writes: [{ type: 'DRAFT', parts: ['d1'], value: null }] });
  assert.deepEqual(
    [...docs.keys()].filter((key) => /^(draft|leg) /.test(key)),
    [],
  );
});

test('an alert is due so many working days after its raise, holidays left out', () => {
  const calendar = {
    year: 2026,
    notice: '国办发明电〔2025〕X号',
    days: [{ date: '2026-11-23', kind: 'holiday' }],
    state: 'ACTIVE',
    proposed: actOf(),
    confirmed: actOf(),
  };
  const due = (id: string, docs: Map<string, object>): AlertDoc => found(docs, 'alert', id);
  const raise: FakeTransaction = {
    id: 't',
    writes: [
      write.alert(alertRecord('red')),
      write.alert(alertRecord('yellow', { level: 'yellow' })),
      write.alert(alertRecord('bell', { level: 'reminder', state: 'CLOSED' })),
    ],
  };
  const plain = derived(raise);
  assert.deepEqual(
    ['red', 'yellow', 'bell'].map((id) => due(id, plain).dueOn),
    ['2026-11-23', '2026-11-25', '2026-11-27'],
  );
  assert.equal(due('red', plain).dueAt.toISOString(), '2026-11-23T15:59:59.999Z');
  assert.deepEqual([due('red', plain).open, due('bell', plain).open], [true, false]);
  const withHoliday = derived(
    { id: 'c', writes: [{ type: 'CALENDAR', parts: ['2026'], value: calendar }] },
    raise,
  );
  assert.equal(due('red', withHoliday).dueOn, '2026-11-24');
});

test('a bank is no party to an alert about a leg that does not touch its accounts', () => {
  const base = draftRecord('d1');
  const other = (leg: Leg): Leg => ({ ...leg, payer: { ...leg.payer, bankId: 'abc' } });
  const PlanPath = base.PlanPath.map((leg) => (leg.legId === 'M1' ? other(leg) : leg));
  const parties = ['plo', 'lpf', 'icbc', 'abc'];
  const alert = alertRecord('a1', { parties, life: [], responsibleOrgId: null, namedOrgIds: [] });
  const docs = derived({ id: 't', writes: [write.draft({ ...base, PlanPath }), write.alert(alert)] });
  assert.deepEqual(found(docs, 'alert', 'a1').parties, ['icbc', 'lpf', 'plo']);
});

test('a state of a flow that was never stored is a broken ledger, and is told', () => {
  const flow = flowRecord('S1');
  const only = { id: 't', writes: [write.outcome(flow, outcomeRecord(flowKeyOf(flow)))] };
  assert.throws(() => derived(only), /never stored/);
});
