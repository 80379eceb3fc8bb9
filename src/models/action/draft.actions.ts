/** What may be done with a draft and its redemptions. */
import { parseYuan, formatFen, parseFen, sumFen } from '#kernel/fen.ts';
import type { Redemption } from '#kernel/records/draft.ts';
import { label, t } from '../../messages/index.ts';
import { paths } from '../../paths.ts';
import { isCancellable, isRecallable, liveForActs } from '../draft/draft.rules.ts';
import { answerable, answerSituation, requestableMilestones } from '../draft/redemption.rules.ts';
import type { DraftDoc } from '../draft/draft.schema.ts';
import { InputError } from '../kernel/errors.ts';
import {
  opinionField,
  pageAction,
  reasonField,
  type Choice,
  type PageAction,
  type SummaryLine,
} from './page-action.ts';

const common = { kind: 'draft', contract: 'draft' } as const;
const back = (doc: DraftDoc): string => paths.draft(doc._id);
const summary = (doc: DraftDoc): SummaryLine[] => [
  ['field.draft', `${doc._id} ${doc.projectName}`],
  ['field.state', label(`draft.${doc.status}`)],
];
const asChoice = (one: Redemption): Choice => ({
  value: one.rid,
  text: `M${one.milestoneNo} · ${label(`redemption.${one.state}`)}`,
});
const requestable = (doc: DraftDoc): Choice[] =>
  requestableMilestones(doc).map((no) => ({ value: String(no), text: `M${no}` }));
const openRedemptions = ['REQUESTED', 'CHECKED'];
const openRanges = (doc: DraftDoc): Choice[] =>
  doc.record.ranges
    .filter((one) => one.state === 'OPEN')
    .map((one) => ({ value: String(one.no), text: `${one.no}: ${one.startFen}–${one.endFen}` }));

/** A step of the leading office that needs a reason. */
function stop(
  fn: 'freeze' | 'unfreeze' | 'cancel' | 'recall',
  icon: string,
  applies: (doc: DraftDoc) => boolean,
): PageAction<'draft'> {
  const first = (doc: DraftDoc): string[] =>
    doc.record.pending?.action === fn ? [doc.record.pending.act.by] : [];
  return pageAction({
    ...common,
    id: `draft.${fn}`,
    title: `action.draft.${fn}`,
    icon,
    fn,
    applies,
    situation: (doc) => ({
      ownerOrgId: doc.issuerOrgId,
      actedBy: fn === 'unfreeze' ? [doc.record.frozen?.act.by ?? ''] : first(doc),
      stateAllows: applies(doc),
    }),
    fields: () =>
      fn === 'recall'
        ? [reasonField, { name: 'deadline', label: 'field.deadline', type: 'date' }]
        : [reasonField],
    summary: (doc) =>
      fn === 'cancel' || fn === 'recall'
        ? [...summary(doc), ['field.reason', t('action.second')]]
        : summary(doc),
    args: (doc, input) => ({
      DraftID: doc._id,
      reason: input.reason,
      ...(fn === 'recall' ? { deadline: input.deadline } : {}),
    }),
    back,
  });
}

/** A step on one redemption request. */
function redemption(action: 'check' | 'refuse' | 'withdraw'): PageAction<'draft'> {
  const id = `draft.${action}Redemption` as const;
  return pageAction({
    ...common,
    id,
    title: `action.${id}`,
    icon: action === 'check' ? 'checkbox' : 'x',
    fn: 'accept',
    primary: action === 'check',
    applies: (doc) => doc.record.redemptions.some((one) => openRedemptions.includes(one.state)),
    situation: (doc, person) => answerSituation(doc, person, action),
    fields: (doc, { person }) => [
      {
        name: 'rid',
        label: 'field.milestone',
        type: 'select',
        choices: answerable(doc, person, action).map(asChoice),
      },
      ...(action === 'refuse'
        ? [
            {
              name: 'reasonCode',
              label: 'field.reasonCode',
              type: 'select',
              choices: ['proof', 'quality', 'amount', 'account', 'other'].map((value) => ({
                value,
                text: label(`reasonCode.${value}`),
              })),
            } as const,
          ]
        : []),
      opinionField,
    ],
    summary,
    args: (doc, input) => ({
      action,
      DraftID: doc._id,
      rid: input.rid,
      opinion: input.opinion,
      ...(action === 'refuse' ? { reasonCode: input.reasonCode } : {}),
    }),
    back,
  });
}

export const draftActions: readonly PageAction<'draft'>[] = [
  pageAction({
    ...common,
    id: 'draft.requestRedemption',
    title: 'action.draft.requestRedemption',
    icon: 'cash',
    fn: 'accept',
    money: true,
    primary: true,
    applies: (doc) => requestable(doc).length > 0,
    situation: (doc) => ({ ownerOrgId: doc.unitOrgId, stateAllows: requestable(doc).length > 0 }),
    fields: (doc) => [
      { name: 'milestoneNo', label: 'field.milestone', type: 'select', choices: requestable(doc) },
      { ...opinionField, optional: true },
    ],
    summary,
    args: (doc, input) => ({
      action: 'request',
      DraftID: doc._id,
      milestoneNo: Number(input.milestoneNo),
      opinion: input.opinion ?? '',
    }),
    back,
  }),
  redemption('check'),
  redemption('refuse'),
  redemption('withdraw'),
  stop('freeze', 'snowflake', liveForActs),
  stop('unfreeze', 'snowflake-off', (doc) => doc.frozen),
  stop('cancel', 'ban', isCancellable),
  stop('recall', 'arrow-back-up', isRecallable),
  pageAction({
    ...common,
    id: 'draft.split',
    title: 'action.draft.split',
    icon: 'cut',
    fn: 'split',
    applies: (doc) => openRanges(doc).length > 0,
    situation: (doc) => ({
      ownerOrgIds: [doc.issuerOrgId, doc.record.holderOrgId],
      stateAllows: liveForActs(doc),
    }),
    fields: (doc) => [
      { name: 'no', label: 'field.range', type: 'select', choices: openRanges(doc) },
      { name: 'parts', label: 'field.parts', type: 'textarea' },
    ],
    summary,
    args: (doc, input) => ({ DraftID: doc._id, no: Number(input.no), partsFen: partsOf(doc, input) }),
    back,
  }),
];

/** The amounts typed one per line; they must sum to the range. @throws InputError */
function partsOf(doc: DraftDoc, input: Readonly<Record<string, string>>): string[] {
  const range = doc.record.ranges.find((one) => String(one.no) === input.no);
  try {
    const parts = (input.parts ?? '')
      .split(/\s*\n\s*/)
      .filter(Boolean)
      .map(parseYuan);
    const whole = BigInt(range?.endFen ?? '0') - BigInt(range?.startFen ?? '1') + 1n;
    if (parts.length >= 2 && sumFen(parts) === parseFen(String(whole))) return parts.map(formatFen);
  } catch {
    // told below: whatever line was wrong, the field as a whole is
  }
  throw new InputError({ parts: 'form.fault.parts' });
}
