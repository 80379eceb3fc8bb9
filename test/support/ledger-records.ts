/** Records as the contracts write them, with defaults, for tests of the read model; each passes its schema. */
import { alert } from '#kernel/records/alert.ts';
import type { Alert } from '#kernel/records/alert.ts';
import type { AccountRef, Act } from '#kernel/records/common.ts';
import { draft } from '#kernel/records/draft.ts';
import type { Draft, Leg, LegProgress } from '#kernel/records/draft.ts';
import { keyParts } from '#kernel/records/keys.ts';
import { account, organisation } from '#kernel/records/member.ts';
import type { Account, Organisation } from '#kernel/records/member.ts';
import { project } from '#kernel/records/project.ts';
import type { Project } from '#kernel/records/project.ts';
import { flow, flowOutcome, manualMatch, registration } from '#kernel/records/reconciliation.ts';
import type { Flow, FlowOutcome, ManualMatch, Registration } from '#kernel/records/reconciliation.ts';
import type { FakeWrite } from './fake-ledger.ts';

const HASH = 'ab'.repeat(32);

/** Who did something at which instant. */
export function actOf(by = 'u1', orgId = 'plo', at = '2026-11-20T01:00:00.000Z'): Act {
  return { by, orgId, at, txId: 'tx' };
}

/** An organisation of a division. */
export function organisationRecord(id: string, change: Partial<Organisation> = {}): Organisation {
  return organisation.parse({
    id,
    name: `机构${id}`,
    roles: ['leading-office'],
    mspId: 'ProvinceMSP',
    division: '52',
    level: 'province',
    uscc: null,
    issuerPublicKey: null,
    state: 'ACTIVE',
    registered: actOf(),
    ...change,
  });
}

/** A confirmed account. */
export function accountRecord(orgId: string, number: string, change: Partial<Account> = {}): Account {
  return account.parse({
    bankId: 'icbc',
    account: number,
    bankNo: '102701000012',
    name: `户名${orgId}`,
    orgId,
    purpose: 'source',
    state: 'CONFIRMED',
    proposed: actOf(),
    confirmed: actOf('u2'),
    closed: null,
    ...change,
  });
}

/** A road project of 雷山县 in the state of its application. */
export function projectRecord(id: string, change: Partial<Project> = {}): Project {
  return project.parse({
    id,
    state: 'SUBMITTED',
    division: '522634',
    applicantOrgId: 'cph',
    content: {
      name: '大塘镇通村公路',
      townshipCode: '522634104',
      category: 'road',
      summary: '',
      fundId: 'fund1',
      callId: 'call1',
      amountFen: '1000000000',
      unitOrgId: 'unit1',
      budget: [{ item: '路面', amountFen: '1000000000' }],
      milestones: [{ no: 1, name: '完工', plannedDate: '2027-03-01', amountFen: '1000000000' }],
      documents: [],
    },
    contentHash: HASH,
    revision: 1,
    steps: [
      { step: 'apply', act: actOf('c1', 'cph'), opinion: '', contentHash: HASH, returnTo: null, fields: [] },
    ],
    plan: null,
    draftId: null,
    progress: [],
    ...change,
  });
}

/** An account as a plan holds it. */
export function accountRef(orgId: string, number: string): AccountRef {
  return { orgId, bankId: 'icbc', bankNo: '102701000012', account: number, name: `户名${orgId}` };
}

/** A planned payment between two organisations. */
export function legRecord(legId: string, change: Partial<Leg> = {}): Leg {
  return {
    legId,
    kind: legId.slice(0, 1) as Leg['kind'],
    payer: accountRef('pfd', '10001'),
    payee: accountRef('lpf', '20001'),
    amountFen: '1000000000',
    deadline: '2026-12-31',
    dependsOn: [],
    milestoneNo: null,
    ...change,
  };
}

/** What happened on a leg. */
export function progressRecord(legId: string, change: Partial<LegProgress> = {}): LegProgress {
  return {
    legId,
    state: 'OPEN',
    matchedFen: '0',
    serialNo: null,
    bookingDate: null,
    registered: null,
    flowKey: null,
    decided: null,
    checks: [],
    ...change,
  };
}

/** A draft with one fiscal leg, one pay-down and one milestone payment. */
export function draftRecord(id: string, change: Partial<Draft> = {}): Draft {
  const legs = [
    legRecord('F1'),
    legRecord('D1', {
      payer: accountRef('lpf', '20001'),
      payee: accountRef('cpc', '30001'),
      dependsOn: ['F1'],
      deadline: '2027-01-29',
    }),
    legRecord('M1', {
      payer: accountRef('cpc', '30001'),
      payee: accountRef('unit1', '40001'),
      dependsOn: ['D1'],
      deadline: '2027-03-01',
      milestoneNo: 1,
    }),
  ];
  return draft.parse({
    DraftID: id,
    ProjectID: 'p1',
    InstructionID: 'plo',
    InstructionSign: 'ff',
    issuerKeyId: 'plo-1',
    Status: 'ISSUED',
    circulation: 'PENDING',
    CreateAt: '2026-11-20T02:00:00.000Z',
    issuedOn: '2026-11-20',
    Amount: '1000000000',
    PlanPath: legs,
    ActualPath: [],
    SpecialRule: [],
    division: '522634',
    fundId: 'fund1',
    holderOrgId: 'plo',
    legs: legs.map((leg) => progressRecord(leg.legId)),
    milestonesAccepted: [],
    redemptions: [],
    ranges: [],
    frozen: null,
    pending: null,
    closedReason: null,
    ...change,
  });
}

/** A booked debit of the provincial finance department to the fund's vehicle. */
export function flowRecord(serialNo: string, change: Partial<Flow> = {}): Flow {
  return flow.parse({
    bankId: 'icbc',
    account: '10001',
    direction: 'DBIT',
    bookingDate: '2026-11-20',
    serialNo,
    subIndex: 0,
    txTime: '10:00:00',
    status: 'BOOK',
    amountFen: '1000000000',
    currency: 'CNY',
    payer: { account: '10001', name: '户名pfd', bankNo: '102701000012' },
    payee: { account: '20001', name: '户名lpf', bankNo: '102701000012' },
    purpose: '',
    reference: '',
    reversal: false,
    originalSerialNo: null,
    rawHash: HASH,
    ...change,
  });
}

/** What became of a flow: waiting for its registration unless told. */
export function outcomeRecord(flowKey: string, change: Partial<FlowOutcome> = {}): FlowOutcome {
  return flowOutcome.parse({
    flowKey,
    state: 'WAITING',
    status: 'BOOK',
    draftId: null,
    legId: null,
    resultCodes: [],
    checks: [],
    returnedFen: '0',
    originalFlowKey: null,
    sightings: 1,
    conflicts: 0,
    ruleVersion: 1,
    ingested: actOf('feed', 'icbc'),
    decided: null,
    ...change,
  });
}

/** A registration of leg F1 of a draft. */
export function registrationRecord(draftId: string, change: Partial<Registration> = {}): Registration {
  return registration.parse({
    draftId,
    legId: 'F1',
    serialNo: 'S1',
    bookingDate: '2026-11-20',
    bankId: 'icbc',
    account: '10001',
    state: 'WAITING',
    registered: actOf('p1', 'pfd'),
    flowKey: null,
    withdrawalRequested: null,
    withdrawn: null,
    reason: '',
    ...change,
  });
}

/** An alert about leg F1 of a draft, raised on Friday 20 November 2026 in Beijing. */
export function alertRecord(id: string, change: Partial<Alert> = {}): Alert {
  return alert.parse({
    id,
    rule: 'A01',
    level: 'red',
    subject: { draftId: 'd1', legId: 'F1', projectId: 'p1', flowKey: null, serialNo: 'S1' },
    division: '522634',
    resultCodes: ['AMOUNT_DIFF'],
    checks: [],
    text: '',
    responsibleOrgId: 'pfd',
    namedOrgIds: ['pfd'],
    reporter: null,
    parties: ['plo', 'lpf'],
    state: 'RAISED',
    life: [{ step: 'raise', act: actOf('feed', 'icbc'), text: '', documents: [] }],
    earlierId: null,
    ...change,
  });
}

/** A manual match of a flow with leg F1 of a draft, proposed. */
export function matchRecord(draftId: string, of: Flow): ManualMatch {
  return manualMatch.parse({
    ...{ id: 'match-1', kind: 'payment', flowKey: keyParts.FLOW(of).join('~'), originalFlowKey: null },
    ...{ parts: [{ draftId, legId: 'F1', amountFen: of.amountFen }], reason: '抄错', evidence: [] },
    ...{ state: 'PROPOSED', payerOrgId: 'pfd', proposed: actOf('p1', 'pfd'), decided: null, opinion: '' },
  });
}

/** The writes of these records under their keys. */
export const write = {
  organisation: (value: Organisation): FakeWrite => ({ type: 'ORG', parts: [value.id], value }),
  account: (value: Account): FakeWrite => ({
    type: 'ACCOUNT',
    parts: keyParts.ACCOUNT(value.bankId, value.account),
    value,
  }),
  project: (value: Project): FakeWrite => ({ type: 'PROJECT', parts: [value.id], value }),
  draft: (value: Draft): FakeWrite => ({ type: 'DRAFT', parts: [value.DraftID], value }),
  flow: (value: Flow): FakeWrite => ({ type: 'FLOW', parts: keyParts.FLOW(value), value }),
  outcome: (of: Flow, value: FlowOutcome): FakeWrite => ({
    type: 'FLOWSTATE',
    parts: keyParts.FLOW(of),
    value,
  }),
  registration: (value: Registration): FakeWrite => ({
    type: 'REG',
    parts: keyParts.REG(value),
    value,
  }),
  match: (value: ManualMatch): FakeWrite => ({ type: 'MATCH', parts: [value.id], value }),
  alert: (value: Alert): FakeWrite => ({ type: 'ALERT', parts: [value.id], value }),
};
