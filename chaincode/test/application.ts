/** A project of the test world, and the steps that take it from application to issued draft. */
import { sm2 } from 'sm-crypto-v2';
import { contentHashOf } from '#kernel/canonical-json.ts';
import { draftNumber } from '#kernel/draft-number.ts';
import { draftToSign, signingText } from '#kernel/new-draft.ts';
import { proposePlan } from '#kernel/plan.ts';
import type { Plan, Project, ProjectContent } from '#kernel/records/project.ts';
import type { TestChannel } from './memory-ledger.ts';
import { accountOf, fundOfWorld, person } from './world.ts';

/** The issuer's SM2 key pair of the test world, hex. */
export const issuerKeys = sm2.generateKeyPairHex();
export const issuedOn = '2026-11-20';
export const draftIdOfWorld = draftNumber({ division: '52', issuedOn, serial: 1 });

/** ¥10,000,000.00 in two milestones. */
export const contentOfWorld: ProjectContent = {
  name: '通村道路硬化',
  townshipCode: '522634104',
  category: 'road',
  summary: '',
  fundId: 'fund-1',
  callId: 'call-1',
  amountFen: '1000000000',
  unitOrgId: 'imp',
  budget: [{ item: '路面工程', amountFen: '1000000000' }],
  milestones: [
    { no: 1, name: '路基', plannedDate: '2027-03-01', amountFen: '400000000' },
    { no: 2, name: '路面', plannedDate: '2027-06-01', amountFen: '600000000' },
  ],
  documents: [],
};

export type Step = 'apply' | 'check' | 'countersign' | 'review' | 'decide';
const order: readonly Step[] = ['apply', 'check', 'countersign', 'review', 'decide'];
/** What every step on an application carries. */
export const decision = { id: 'p-1', contentHash: contentHashOf(contentOfWorld), opinion: '同意。' };

/** The plan that the kernel proposes for the world's project. */
export function planOfWorld(content: ProjectContent = contentOfWorld): Plan {
  return proposePlan({
    project: { division: '522634', content },
    fund: fundOfWorld,
    accounts: {
      province: accountOf('pfd'),
      local: accountOf('city-fin'),
      banks: { 'bank-a': accountOf('bank-a'), 'bank-b': accountOf('bank-b') },
      vehicle: accountOf('lpf'),
      county: accountOf('cpc'),
      unit: accountOf('imp'),
    },
    issuedOn,
    calendar: [],
  });
}

/** The issuer's signature over the draft of a reviewed project. */
export function signatureFor(project: Project, draftId = draftIdOfWorld): string {
  const issuerPublicKey = issuerKeys.publicKey;
  const fields = draftToSign({ project, draftId, issuedOn, issuerOrgId: 'plo', issuerPublicKey });
  return sm2.doSignature(signingText(fields), issuerKeys.privateKey, { hash: true, der: true });
}

/** The arguments of an approval of the reviewed project. */
export async function approvalOf(ledger: TestChannel): Promise<Record<string, unknown>> {
  const project = await ledger.query<Project>('project:query', { id: 'p-1' }, person('plo', 1));
  const issue = { draftId: draftIdOfWorld, issuedOn, instructionSign: signatureFor(project) };
  return { ...decision, decision: 'approve', ...issue };
}

/** Takes the project from its application up to and with the step; earlier ones have been taken when `from` is later. */
export async function advance(ledger: TestChannel, to: Step, from: Step = 'apply'): Promise<void> {
  const acts: Record<Step, () => Promise<unknown>> = {
    apply: () => ledger.submit('project:apply', { ...decision, content: contentOfWorld }, person('cph', 1)),
    check: () => ledger.submit('project:check', decision, person('cph', 2)),
    countersign: () => ledger.submit('project:countersign', decision, person('city-fin', 2)),
    review: () => ledger.submit('project:review', { ...decision, plan: planOfWorld() }, person('plo', 1)),
    decide: async () => ledger.submit('project:decide', await approvalOf(ledger), person('plo', 3)),
  };
  for (const step of order.slice(order.indexOf(from), order.indexOf(to) + 1)) await acts[step]();
}
