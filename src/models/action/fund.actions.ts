/** Funds, their calls and the working calendar: the leading office proposes, the finance department confirms. */
import { label } from '../../messages/index.ts';
import { paths } from '../../paths.ts';
import type { CalendarDoc, FundCallDoc, FundDoc } from '../fund/fund.schema.ts';
import { InputError } from '../kernel/errors.ts';
import {
  pageAction,
  reasonField,
  type ActionContext,
  type ActionInput,
  type Choice,
  type PageAction,
} from './page-action.ts';

const organisationsOf = async ({ models }: ActionContext, role: string): Promise<Choice[]> =>
  (
    await models.organisation
      .find({ roles: role, state: 'ACTIVE' }, { name: 1 })
      .sort({ createdAt: 1 })
      .limit(200)
      .lean()
  ).map((one) => ({ value: one._id, text: one.name }));

const back = (): string => paths.funds;

/** One day a line: date and 休 or 班. @throws InputError */
function daysOf(text: string): { date: string; kind: string }[] {
  return text
    .split(/\s*\n\s*/)
    .filter(Boolean)
    .map((line) => {
      const match = /^(\d{4}-\d{2}-\d{2})\s+(休|班)$/.exec(line);
      if (match === null) throw new InputError({ days: 'form.fault.days' });
      return { date: match[1] ?? '', kind: match[2] === '休' ? 'holiday' : 'workday' };
    });
}

function banksOf(input: ActionInput): { orgId: string; weight: number }[] {
  return [1, 2].flatMap((no) => {
    const orgId = input[`bank${no}`] ?? '';
    return orgId === '' ? [] : [{ orgId, weight: Number(input[`bank${no}Weight`] || '1') }];
  });
}

export const fundActions: readonly (
  PageAction<'fund'> | PageAction<'fundCall'> | PageAction<'calendar'> | PageAction<'none'>
)[] = [
  pageAction({
    id: 'fund.create',
    kind: 'none',
    title: 'action.fund.create',
    icon: 'plus',
    contract: 'fund',
    fn: 'create',
    primary: true,
    situation: () => ({}),
    summary: () => [],
    fields: async (_doc, context) => {
      const banks = await organisationsOf(context, 'bank-investor');
      return [
        { name: 'id', label: 'field.id', type: 'text', max: 40 },
        { name: 'name', label: 'field.name', type: 'text', max: 100 },
        { name: 'fiscalShare', label: 'field.fiscalShare', type: 'number', initial: '10' },
        { name: 'provinceWeight', label: 'field.provinceWeight', type: 'number', initial: '4' },
        { name: 'localWeight', label: 'field.localWeight', type: 'number', initial: '6' },
        {
          name: 'localLevel',
          label: 'field.localLevel',
          type: 'select',
          choices: ['city', 'county'].map((value) => ({ value, text: label(`field.localLevel.${value}`) })),
        },
        { name: 'bank1', label: 'field.bank1', type: 'select', choices: banks, optional: true },
        { name: 'bank1Weight', label: 'field.bank1Weight', type: 'number', optional: true, initial: '1' },
        { name: 'bank2', label: 'field.bank2', type: 'select', choices: banks, optional: true },
        { name: 'bank2Weight', label: 'field.bank2Weight', type: 'number', optional: true },
        {
          name: 'provinceOrgId',
          label: 'field.province',
          type: 'select',
          choices: await organisationsOf(context, 'province-finance'),
        },
        {
          name: 'vehicleOrgId',
          label: 'field.vehicle',
          type: 'select',
          choices: await organisationsOf(context, 'partnership'),
        },
      ];
    },
    args: (_doc, input) => ({
      id: input.id,
      name: input.name,
      fiscalShareBp: Number(input.fiscalShare) * 100,
      provinceWeight: Number(input.provinceWeight),
      localWeight: Number(input.localWeight),
      localLevel: input.localLevel,
      banks: banksOf(input),
      provinceOrgId: input.provinceOrgId,
      vehicleOrgId: input.vehicleOrgId,
    }),
    back,
  }),
  pageAction<'fund'>({
    id: 'fund.confirm',
    kind: 'fund',
    title: 'action.fund.confirm',
    icon: 'check',
    contract: 'fund',
    fn: 'confirm',
    primary: true,
    applies: (doc) => doc.state === 'PROPOSED',
    situation: (doc) => ({ actedBy: [doc.record.proposed.by], stateAllows: doc.state === 'PROPOSED' }),
    fields: () => [],
    summary: (doc: FundDoc) => [
      ['field.fund', `${doc._id} ${doc.name}`],
      ['field.fiscalShare', `${doc.fiscalShareBp / 100}`],
    ],
    args: (doc) => ({ id: doc._id }),
    back,
  }),
  pageAction<'fund'>({
    id: 'fund.openCall',
    kind: 'fund',
    title: 'action.fund.openCall',
    icon: 'speakerphone',
    contract: 'fund',
    fn: 'openCall',
    applies: (doc) => doc.state === 'ACTIVE',
    situation: (doc) => ({ stateAllows: doc.state === 'ACTIVE' }),
    summary: (doc) => [['field.fund', `${doc._id} ${doc.name}`]],
    fields: () => [
      { name: 'id', label: 'field.id', type: 'text', max: 40 },
      { name: 'title', label: 'field.title', type: 'text', max: 100 },
      { name: 'limitFen', label: 'field.limit', type: 'yuan' },
      { name: 'opensOn', label: 'field.opensOn', type: 'date' },
      { name: 'closesOn', label: 'field.closesOn', type: 'date' },
    ],
    args: (doc, input) => ({ ...input, fundId: doc._id }),
    back,
  }),
  pageAction<'fundCall'>({
    id: 'fund.confirmCall',
    kind: 'fundCall',
    title: 'action.fund.confirmCall',
    icon: 'check',
    contract: 'fund',
    fn: 'confirmCall',
    primary: true,
    applies: (doc) => doc.state === 'PROPOSED',
    situation: (doc) => ({ actedBy: [doc.record.proposed.by], stateAllows: doc.state === 'PROPOSED' }),
    fields: () => [],
    summary: (doc: FundCallDoc) => [['field.title', doc.title]],
    args: (doc) => ({ fundId: doc.fundId, id: doc.callId }),
    back,
  }),
  pageAction<'fundCall'>({
    id: 'fund.closeCall',
    kind: 'fundCall',
    title: 'action.fund.closeCall',
    icon: 'x',
    contract: 'fund',
    fn: 'closeCall',
    applies: (doc) => doc.state !== 'CLOSED',
    situation: (doc) => ({ stateAllows: doc.state !== 'CLOSED' }),
    fields: () => [reasonField],
    summary: (doc) => [['field.title', doc.title]],
    args: (doc, input) => ({ fundId: doc.fundId, id: doc.callId, reason: input.reason }),
    back,
  }),
  pageAction({
    id: 'fund.proposeCalendar',
    kind: 'none',
    title: 'action.fund.proposeCalendar',
    icon: 'calendar-plus',
    contract: 'fund',
    fn: 'proposeCalendar',
    situation: () => ({}),
    summary: () => [],
    fields: (_doc, { now }) => [
      { name: 'year', label: 'field.year', type: 'number', initial: String(now.getUTCFullYear()) },
      { name: 'notice', label: 'field.notice', type: 'text', max: 200 },
      { name: 'days', label: 'field.days', type: 'textarea' },
    ],
    args: (_doc, input) => ({
      year: Number(input.year),
      notice: input.notice,
      days: daysOf(input.days ?? ''),
    }),
    back,
  }),
  pageAction<'calendar'>({
    id: 'fund.confirmCalendar',
    kind: 'calendar',
    title: 'action.fund.confirmCalendar',
    icon: 'check',
    contract: 'fund',
    fn: 'confirmCalendar',
    primary: true,
    applies: (doc) => doc.state === 'PROPOSED',
    situation: (doc) => ({ actedBy: [doc.record.proposed.by], stateAllows: doc.state === 'PROPOSED' }),
    fields: () => [],
    summary: (doc: CalendarDoc) => [
      ['field.year', doc._id],
      ['field.notice', doc.record.notice],
    ],
    args: (doc) => ({ year: doc.record.year }),
    back,
  }),
];
