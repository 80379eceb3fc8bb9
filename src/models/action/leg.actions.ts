/** What a payer does with a leg: register the serial number of his transfer, and take a registration back with a second person. */
import { beijingDate } from '#kernel/dates.ts';
import { label } from '../../messages/index.ts';
import { money } from '../../views/format.ts';
import { paths } from '../../paths.ts';
import type { LegDoc } from '../leg/leg.schema.ts';
import type { ReadModels } from '../read-model/read-models.ts';
import { pageAction, reasonField, type PageAction, type SummaryLine } from './page-action.ts';

const common = { kind: 'leg', contract: 'reconciliation' } as const;
const back = (doc: LegDoc): string => paths.draft(doc.draftId);
const summary = (doc: LegDoc): SummaryLine[] => [
  ['field.draft', `${doc.draftId} ${doc.projectName}`],
  ['field.leg', `${doc.legId} ${label(`legKind.${doc.kind}`)}`],
  ['field.payer', doc.payerAccount],
  ['field.payee', doc.payeeAccount],
  ['field.amount', `${money(doc.amountFen)} ${label('unit.yuan')}`],
  ['field.deadline', doc.deadline],
];
const registrable = (doc: LegDoc): boolean => ['OPEN', 'RETURNED'].includes(doc.state);
const withdrawable = (doc: LegDoc): boolean =>
  ['REGISTERED', 'WAITING_PREDECESSOR', 'MISMATCH'].includes(doc.state) && doc.serialNo !== null;

/** The two halves of a withdrawal are one function of the contract: the second person's call confirms. */
function withdrawal(
  id: 'reconciliation.requestWithdrawal' | 'reconciliation.confirmWithdrawal',
  title: 'action.leg.requestWithdrawal' | 'action.leg.confirmWithdrawal',
): PageAction<'leg'> {
  const isConfirm = id === 'reconciliation.confirmWithdrawal';
  return pageAction({
    ...common,
    id,
    title,
    icon: 'arrow-back',
    fn: 'withdrawRegistration',
    money: true,
    applies: withdrawable,
    situation: (doc) => ({ ownerOrgId: doc.payerOrgId, stateAllows: withdrawable(doc) }),
    fields: async (doc, { models }) =>
      isConfirm ? [{ ...reasonField, initial: await firstReason(models, doc) }] : [reasonField],
    summary: (doc) => [...summary(doc), ['field.serialNo', doc.serialNo ?? '']],
    args: (doc, input) => ({
      draftId: doc.draftId,
      legId: doc.legId,
      serialNo: doc.serialNo,
      bookingDate: doc.bookingDate,
      reason: input.reason,
    }),
    back,
  });
}

async function firstReason({ registration }: ReadModels, doc: LegDoc): Promise<string> {
  const found = await registration
    .findOne({ draftId: doc.draftId, legId: doc.legId, serialNo: doc.serialNo })
    .lean();
  return found?.record.reason ?? '';
}

export const legActions: readonly PageAction<'leg'>[] = [
  pageAction({
    ...common,
    id: 'reconciliation.register',
    title: 'action.leg.register',
    icon: 'edit',
    fn: 'register',
    money: true,
    primary: true,
    applies: registrable,
    situation: (doc) => ({ ownerOrgId: doc.payerOrgId, stateAllows: registrable(doc) }),
    fields: (_doc, { now }) => [
      { name: 'serialNo', label: 'field.serialNo', type: 'serial', max: 64 },
      { name: 'bookingDate', label: 'field.bookingDate', type: 'date', initial: beijingDate(now.getTime()) },
    ],
    summary,
    args: (doc, input) => ({
      draftId: doc.draftId,
      legId: doc.legId,
      serialNo: input.serialNo,
      bookingDate: input.bookingDate,
    }),
    back,
  }),
  withdrawal('reconciliation.requestWithdrawal', 'action.leg.requestWithdrawal'),
  withdrawal('reconciliation.confirmWithdrawal', 'action.leg.confirmWithdrawal'),
];
