/** What a payer does with a leg: register the serial number of his transfer, and take a registration back with a second person. */
import { beijingDate } from '#kernel/dates.ts';
import { label } from '../../messages/index.ts';
import { money } from '../../views/format.ts';
import { paths } from '../../paths.ts';
import { requireSerialForm } from '../bank-profile/serial-form.ts';
import type { LegDoc } from '../leg/leg.schema.ts';
import type { ReadModels } from '../read-model/read-models.ts';
import { readParts, writeParts } from '../reconciliation/parts.rules.ts';
import {
  pageAction,
  reasonField,
  type ActionInput,
  type FieldSpec,
  type PageAction,
  type SummaryLine,
} from './page-action.ts';

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

const subIndexField: FieldSpec = {
  ...{
    name: 'subIndex',
    label: 'field.subIndex',
    type: 'number',
    optional: true,
    max: 4,
    hint: 'hint.subIndex',
  },
};

function serialOf(doc: LegDoc, { serialNo, bookingDate }: ActionInput): object {
  return { draftId: doc.draftId, legId: doc.legId, serialNo, bookingDate };
}

/** The serial with its leg. @throws InputError when the payer's bank has another form of serials */
async function newSerialOf(doc: LegDoc, input: ActionInput): Promise<object> {
  await requireSerialForm(doc.payerBankId, input.serialNo ?? '');
  return serialOf(doc, input);
}

function subIndexOf({ subIndex }: ActionInput): { subIndex?: number } {
  const part = Number(subIndex ?? '');
  return part > 0 ? { subIndex: part } : {};
}

/** This leg and the others that one transfer could pay with it: same payer account, same payee account, not registered. */
async function payableTogether(models: ReadModels, doc: LegDoc): Promise<string> {
  const { payerAccount, payeeAccount } = doc;
  const others = await models.leg
    .find({ payerAccount, payeeAccount, state: { $in: ['OPEN', 'RETURNED'] }, _id: { $ne: doc._id } })
    .sort({ deadline: 1, _id: 1 })
    .limit(19)
    .lean<LegDoc[]>();
  return writeParts([doc, ...others].map((leg) => ({ ...leg, amountFen: leg.amountFen - leg.matchedFen })));
}

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
      ...(doc.subIndex === null ? {} : { subIndex: doc.subIndex }),
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
      subIndexField,
    ],
    summary,
    args: async (doc, input) => ({ ...(await newSerialOf(doc, input)), ...subIndexOf(input) }),
    back,
  }),
  pageAction({
    ...common,
    id: 'reconciliation.registerList',
    title: 'action.leg.registerList',
    icon: 'list-details',
    fn: 'register',
    money: true,
    applies: registrable,
    situation: (doc) => ({ ownerOrgId: doc.payerOrgId, stateAllows: registrable(doc) }),
    fields: async (doc, { now, models }) => [
      { name: 'serialNo', label: 'field.serialNo', type: 'serial', max: 64 },
      { name: 'bookingDate', label: 'field.bookingDate', type: 'date', initial: beijingDate(now.getTime()) },
      {
        ...{ name: 'parts', label: 'field.shares', type: 'textarea', max: 2000, hint: 'hint.shares' },
        initial: await payableTogether(models, doc),
      },
    ],
    summary,
    args: async (doc, input) => ({
      ...(await newSerialOf(doc, input)),
      parts: readParts(input.parts ?? ''),
    }),
    back,
  }),
  withdrawal('reconciliation.requestWithdrawal', 'action.leg.requestWithdrawal'),
  withdrawal('reconciliation.confirmWithdrawal', 'action.leg.confirmWithdrawal'),
];
