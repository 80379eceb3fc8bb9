/** The life of an alert, step by step, and the report of a problem that the platform missed. */
import { createHash, randomUUID } from 'node:crypto';
import type { Role } from '#kernel/records/common.ts';
import { label, type MessageKey } from '../../messages/index.ts';
import { paths } from '../../paths.ts';
import type { AlertDoc } from '../alert/alert.schema.ts';
import type { Situation } from '../member/rights.rules.ts';
import {
  pageAction,
  type ActionContext,
  type Choice,
  type FieldSpec,
  type PageAction,
  type SummaryLine,
} from './page-action.ts';

type Step = 'assign' | 'explain' | 'rectify' | 'review' | 'close';
const textField: FieldSpec = { name: 'text', label: 'field.text', type: 'textarea', max: 500 };
const summary = (doc: AlertDoc): SummaryLine[] => [
  ['field.id', doc._id],
  ['field.text', `${label(`level.${doc.level}`)} · ${label(`rule.${doc.rule}`)} · ${doc.text}`],
];

/** States in which each step may be taken. */
const states: Readonly<Record<Step, readonly AlertDoc['state'][]>> = {
  assign: ['RAISED', 'ASSIGNED'],
  explain: ['RAISED', 'ASSIGNED'],
  rectify: ['EXPLAINED'],
  review: ['EXPLAINED', 'RECTIFIED'],
  close: ['REVIEWED'],
};
/** Steps whose people may not take this one (R1). */
const before: Partial<Record<Step, readonly string[]>> = {
  review: ['explain', 'rectify'],
  close: ['explain', 'rectify', 'review'],
};
/** The finance department judges only where a leading office is named. */
const judgesOf = ({ officeNamed }: AlertDoc): readonly Role[] => [
  'leading-office',
  'county-command',
  ...(officeNamed ? (['province-finance'] as const) : []),
];

function situationOf(doc: AlertDoc, step: Step): Situation {
  const acted = doc.record.life
    .filter((one) => before[step]?.includes(one.step) === true)
    .map((one) => one.act.by);
  const common = { actedBy: acted, stateAllows: states[step].includes(doc.state) };
  if (step !== 'explain' && step !== 'rectify')
    return { ...common, division: doc.division, namedOrgIds: doc.namedOrgIds, turnOf: judgesOf(doc) };
  if (doc.responsibleOrgId === null) return { ...common, stateAllows: false };
  return { ...common, ownerOrgId: doc.responsibleOrgId };
}

function step(
  name: Step,
  icon: string,
  more: (doc: AlertDoc, context: ActionContext) => Promise<FieldSpec[]> = () => Promise.resolve([]),
): PageAction<'alert'> {
  return pageAction({
    id: `alert.${name}`,
    kind: 'alert',
    title: `action.alert.${name}`,
    icon,
    contract: 'alert',
    fn: name,
    primary: true,
    applies: (doc) => states[name].includes(doc.state),
    situation: (doc) => situationOf(doc, name),
    fields: async (doc, context) => [...(await more(doc, context)), textField],
    summary,
    args: (doc, input) => ({
      id: doc._id,
      text: input.text,
      ...(name === 'assign' ? { responsibleOrgId: input.responsibleOrgId } : {}),
      ...(name === 'close' ? { falseAlarm: input.falseAlarm === 'yes' } : {}),
      ...(name === 'close' && input.acceptChecks === 'yes' ? { acceptChecks: true } : {}),
    }),
    back: (doc) => paths.alert(doc._id),
  });
}

async function organisationChoices({ models }: ActionContext, ids: readonly string[]): Promise<Choice[]> {
  const found = await models.organisation.find({ _id: { $in: [...ids] } }, { name: 1 }).lean();
  return found.map((one) => ({ value: one._id, text: one.name }));
}

const acceptField: FieldSpec = {
  name: 'acceptChecks',
  label: 'field.acceptChecks',
  type: 'checkbox',
  optional: true,
};

/** Late, early and too early for a milestone may stand by the word of reviewer and closer; accounts and amounts never. */
function mayAccept({ rule, flowKey }: AlertDoc, { role }: ActionContext['person']): boolean {
  return ['A04', 'A10', 'B06'].includes(rule) && flowKey !== null && role === 'leading-office';
}

const subjectFields: readonly [name: string, key: MessageKey][] = [
  ['projectId', 'field.project'],
  ['draftId', 'field.draft'],
  ['serialNo', 'field.serialNo'],
];

export const alertActions: readonly (PageAction<'alert'> | PageAction<'none'>)[] = [
  step('assign', 'user-share', async (doc, context) => [
    {
      name: 'responsibleOrgId',
      label: 'field.responsible',
      type: 'select',
      choices: await organisationChoices(context, doc.parties),
      initial: doc.responsibleOrgId ?? '',
    },
  ]),
  step('explain', 'message'),
  step('rectify', 'tool'),
  step('review', 'eye-check'),
  step('close', 'circle-check', (doc, { person }) =>
    Promise.resolve([
      { name: 'falseAlarm', label: 'field.falseAlarm', type: 'checkbox', optional: true },
      ...(mayAccept(doc, person) ? [acceptField] : []),
    ]),
  ),
  pageAction({
    id: 'alert.report',
    kind: 'none',
    title: 'action.alert.report',
    icon: 'flag',
    contract: 'alert',
    fn: 'report',
    primary: true,
    situation: () => ({}),
    fields: () => [
      ...subjectFields.map(([name, key]): FieldSpec => ({
        name,
        label: key,
        type: 'text',
        optional: true,
        max: 80,
      })),
      textField,
    ],
    summary: () => [],
    args: (_doc, input, { person }) => ({
      id: `report-${createHash('sha256').update(`${person.userId}|${randomUUID()}`).digest('hex').slice(0, 24)}`,
      subject: {
        projectId: input.projectId || null,
        draftId: input.draftId || null,
        legId: null,
        flowKey: null,
        serialNo: input.serialNo || null,
      },
      namedOrgIds: [],
      text: input.text,
    }),
    back: () => paths.alerts,
  }),
];
