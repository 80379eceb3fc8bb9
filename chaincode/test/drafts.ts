/** Drafts put straight onto a test ledger, and the registrations and bank flows that fit their legs. */
import { draftNumber } from '#kernel/draft-number.ts';
import { draftToSign, newDraft } from '#kernel/new-draft.ts';
import { proposePlan } from '#kernel/plan.ts';
import type { Draft, Leg, LegProgress } from '#kernel/records/draft.ts';
import { compositeKey, flowKeyOf, keyParts } from '#kernel/records/keys.ts';
import type { Flow, FlowOutcome } from '#kernel/records/reconciliation.ts';
import type { MemoryLedger, TestIdentity } from './memory-ledger.ts';
import { accountOf, fundOfWorld, person } from './world.ts';
import type { OrgId } from './world.ts';

/** The day on which every draft of these tests is issued. */
export const issuedOn = '2026-03-02';
/** 100,000.01 yuan: does not split evenly. */
export const amountFen = '10000001';

/** What a seeded draft may differ in. */
export interface SeedOptions {
  readonly serial?: number;
  readonly instalments?: boolean;
}

/** A draft of two fiscal, two bank legs, one pay-down and two milestones; nothing has happened on it. */
export function seedDraft(ledger: Pick<MemoryLedger, 'state'>, options: SeedOptions = {}): Draft {
  const serial = options.serial ?? 1;
  const content = {
    name: '示范项目',
    townshipCode: '522634104',
    category: 'road' as const,
    summary: '',
    fundId: 'fund-1',
    callId: 'call-1',
    amountFen,
    unitOrgId: 'imp',
    budget: [{ item: '路面', amountFen }],
    milestones: [
      { no: 1, name: '路基', plannedDate: '2026-06-01', amountFen: '4000000' },
      { no: 2, name: '路面', plannedDate: '2026-09-01', amountFen: '6000001' },
    ],
    documents: [],
  };
  const banks = { 'bank-a': accountOf('bank-a'), 'bank-b': accountOf('bank-b') };
  const accounts = {
    ...{ province: accountOf('pfd'), local: accountOf('city-fin'), banks },
    ...{ vehicle: accountOf('lpf'), county: accountOf('cpc'), unit: accountOf('imp') },
  };
  const project = { id: `project-${serial}`, division: '522634', content };
  const plan = proposePlan({ project, fund: fundOfWorld, accounts, issuedOn, calendar: [] });
  const specialRule = options.instalments === true ? [{ type: 'instalments' as const, allowed: true }] : [];
  const draftId = draftNumber({ division: '52', issuedOn, serial });
  const fields = draftToSign({
    project: { ...project, plan: { ...plan, specialRule } },
    ...{ draftId, issuedOn, issuerOrgId: 'plo', issuerPublicKey: '04' + 'a'.repeat(128) },
  });
  const draft = newDraft(fields, 'ab'.repeat(35), '2026-03-02T01:00:00.000Z');
  writeDraft(ledger, draft);
  return draft;
}

/** Copies the committed members and accounts of one ledger to a fresh one, without its request ids. */
export function copyWorld(from: MemoryLedger, to: MemoryLedger): void {
  for (const [key, value] of from.state) if (!key.startsWith('\u0000REQ\u0000')) to.state.set(key, value);
}

/** Puts a draft as it is. */
export function writeDraft(ledger: Pick<MemoryLedger, 'state'>, draft: Draft): void {
  ledger.state.set(compositeKey('DRAFT', keyParts.DRAFT(draft.DraftID)), JSON.stringify(draft));
}

/** The draft as it stands. */
export function draftOn(ledger: MemoryLedger, draftId: string): Draft {
  const draft = ledger.record('DRAFT', keyParts.DRAFT(draftId));
  if (draft === null) throw new Error(draftId);
  return draft;
}

/** The progress of one leg as it stands. */
export function legOn(ledger: MemoryLedger, draftId: string, legId: string): LegProgress {
  const leg = draftOn(ledger, draftId).legs.find((one) => one.legId === legId);
  if (leg === undefined) throw new Error(legId);
  return leg;
}

/** What became of a flow. */
export function outcomeOn(ledger: MemoryLedger, flow: Flow): FlowOutcome {
  const outcome = ledger.record('FLOWSTATE', flowKeyOf(flow).split('~'));
  if (outcome === null) throw new Error(flowKeyOf(flow));
  return outcome;
}

/** One leg of a draft. */
export function planned(draft: Draft, legId: string): Leg {
  const leg = draft.PlanPath.find((one) => one.legId === legId);
  if (leg === undefined) throw new Error(legId);
  return leg;
}

/** The debit entry that pays a leg exactly. */
export function payment(leg: Leg, serialNo: string, bookingDate: string, other: Partial<Flow> = {}): Flow {
  const { payer, payee } = leg;
  return {
    bankId: payer.bankId,
    account: payer.account,
    direction: 'DBIT',
    bookingDate,
    serialNo,
    subIndex: 0,
    txTime: `${bookingDate}T10:00:00+08:00`,
    status: 'BOOK',
    amountFen: leg.amountFen,
    currency: 'CNY',
    payer: { account: payer.account, name: payer.name, bankNo: payer.bankNo },
    payee: { account: payee.account, name: payee.name, bankNo: payee.bankNo },
    purpose: '',
    reference: '',
    reversal: false,
    originalSerialNo: null,
    rawHash: 'c'.repeat(64),
    ...other,
  };
}

/** The credit by which a payment comes back to the payer. */
export function returnOf(paid: Flow, serialNo: string, bookingDate: string, amount = paid.amountFen): Flow {
  return {
    ...paid,
    ...{ direction: 'CRDT', serialNo, bookingDate, amountFen: amount },
    ...{ payer: paid.payee, payee: paid.payer, reversal: true, originalSerialNo: paid.serialNo },
  };
}

/** The payee bank's credit entry of a payment. */
export function creditOf(leg: Leg, serialNo: string, bookingDate: string, reference = ''): Flow {
  const { bankId, account } = leg.payee;
  return payment(leg, serialNo, bookingDate, { bankId, account, direction: 'CRDT', reference });
}

/** The person who registers for the payer of a leg. */
export function payerOf(leg: Leg, no: 1 | 2 = 1): TestIdentity {
  return person(leg.payer.orgId as OrgId, no);
}

/** The machine user that reports a flow. */
export function feedOf(flow: Flow): TestIdentity {
  return person(flow.bankId as OrgId, 1, 'bank-feed');
}
