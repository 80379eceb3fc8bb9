/** Changes of drafts, redemptions and the registrations of legs. */
import { z } from 'zod';
import { normalSerial } from '#kernel/normal-form.ts';
import { dateText, idText, opinionText, serialText } from '#kernel/records/common.ts';
import { draftArgs } from '#kernel/records/draft.ts';
import { reconciliationArgs } from '#kernel/records/reconciliation.ts';
import { requireSerialForm } from '../../models/bank-profile/serial-form.ts';
import { InputError } from '../../models/kernel/errors.ts';
import type { LegDoc } from '../../models/leg/leg.schema.ts';
import { change, type Change, type ContractCall } from './types.ts';

const tag = '数字汇票 drafts';
const redemptions = '承兑 redemptions';
const registrations = '登记流水号 registrations';
const subject = { kind: 'draft', id: (params) => params.id ?? '' } as const satisfies Change<
  never,
  'draft'
>['subject'];
const leg = { kind: 'leg', id: (params) => params.id ?? '' } as const satisfies Change<
  never,
  'leg'
>['subject'];
const given = { requestId: true, DraftID: true } as const;
const [requestArgs, , refuseArgs] = draftArgs.accept.options;
const serial = z.string().trim().max(100).transform(normalSerial).pipe(serialText);

/** A step that needs nothing but a reason. */
function stop(fn: 'freeze' | 'unfreeze' | 'cancel', summary: string): Change {
  return change({
    method: 'post',
    path: `/drafts/{id}/${fn}`,
    tag,
    summary,
    right: `draft.${fn}`,
    subject,
    body: draftArgs.freeze.omit(given),
    call: ({ body, doc }) => ({ contract: 'draft', fn, args: { DraftID: doc._id, ...body } }),
  });
}

/** A step on one redemption request. */
function redemption(action: 'check' | 'withdraw', summary: string): Change {
  return change({
    method: 'post',
    path: `/drafts/{id}/redemptions/{rid}/${action}`,
    tag: redemptions,
    summary,
    // Whose turn a check is stands in the draft; the contract decides.
    ...(action === 'withdraw' ? { right: 'draft.withdrawRedemption' as const } : {}),
    subject,
    body: z.object({ opinion: opinionText }),
    call: ({ body, doc, params }) => accept({ action, DraftID: doc._id, rid: params.rid, ...body }),
  });
}

function accept(args: Readonly<Record<string, unknown>>): ContractCall {
  return { contract: 'draft', fn: 'accept', args };
}

/** @throws InputError when the bank named is not the payer's */
function sameBank(doc: LegDoc, bank: string | undefined): void {
  if (bank !== undefined && bank !== doc.payerBankId) throw new InputError({ bank: 'api.otherBank' });
}

export const draftChanges: readonly Change[] = [
  change({
    method: 'post',
    path: '/drafts/{id}/split',
    tag,
    summary: '拆分 Cut an open fen range into parts that sum to it',
    right: 'draft.split',
    subject,
    body: draftArgs.split.omit(given),
    call: ({ body, doc }) => ({ contract: 'draft', fn: 'split', args: { DraftID: doc._id, ...body } }),
  }),
  stop('freeze', '冻结 Freeze'),
  stop('unfreeze', '解冻 Unfreeze, by another person than the one who froze'),
  stop('cancel', '作废 Cancel before the first match; the second person confirms with the same call'),
  change({
    method: 'post',
    path: '/drafts/{id}/recall',
    tag,
    summary: '收回 Recall: returns are planned; the second person confirms with the same call',
    right: 'draft.recall',
    subject,
    body: draftArgs.recall.omit(given),
    call: ({ body, doc }) => ({ contract: 'draft', fn: 'recall', args: { DraftID: doc._id, ...body } }),
  }),
  change({
    method: 'post',
    path: '/drafts/{id}/redemptions',
    money: true,
    tag: redemptions,
    summary: '申请承兑 Request redemption of an accepted milestone',
    right: 'draft.requestRedemption',
    subject,
    body: requestArgs.omit({ ...given, action: true }),
    call: ({ body, doc }) => accept({ action: 'request', DraftID: doc._id, ...body }),
  }),
  redemption('check', '同意承兑 Check: first the county command, then the county fund company'),
  redemption('withdraw', '撤回承兑申请 Take a request back'),
  change({
    method: 'post',
    path: '/drafts/{id}/redemptions/{rid}/refuse',
    tag: redemptions,
    summary: '拒绝承兑 Refuse with a reason code',
    subject,
    body: refuseArgs.omit({ ...given, action: true, rid: true }),
    call: ({ body, doc, params }) => accept({ action: 'refuse', DraftID: doc._id, rid: params.rid, ...body }),
  }),
  change({
    method: 'post',
    path: '/legs/{id}/registrations',
    money: true,
    tag: registrations,
    summary:
      '登记流水号 Register the serial number of a payment; the id is `{draftId}~{legId}`; `parts` = one transfer for several legs',
    right: 'reconciliation.register',
    subject: leg,
    body: z.object({
      serialNo: serial,
      bookingDate: dateText,
      bank: idText.optional(),
      parts: reconciliationArgs.register.shape.parts,
      subIndex: reconciliationArgs.register.shape.subIndex,
    }),
    call: async ({ body: { bank, ...body }, doc }) => {
      sameBank(doc, bank);
      await requireSerialForm(doc.payerBankId, body.serialNo);
      return {
        contract: 'reconciliation',
        fn: 'register',
        args: { draftId: doc.draftId, legId: doc.legId, ...body },
      };
    },
  }),
  change({
    method: 'delete',
    path: '/legs/{id}/registrations',
    money: true,
    tag: registrations,
    summary:
      '撤回登记 Withdraw a registration: the first person asks, the second confirms with the same call',
    subject: leg,
    body: z.object({ reason: opinionText, serialNo: serial.optional(), bookingDate: dateText.optional() }),
    // The leg forgets its serial once withdrawn; a repeat must still send the first arguments.
    call: async ({ body, doc, once }) => ({
      contract: 'reconciliation',
      fn: 'withdrawRegistration',
      args: {
        draftId: doc.draftId,
        legId: doc.legId,
        reason: body.reason,
        ...(await once('registration', () =>
          Promise.resolve({
            serialNo: body.serialNo ?? doc.serialNo ?? '',
            bookingDate: body.bookingDate ?? doc.bookingDate ?? '',
            ...(doc.subIndex === null ? {} : { subIndex: doc.subIndex }),
          }),
        )),
      },
    }),
  }),
];
