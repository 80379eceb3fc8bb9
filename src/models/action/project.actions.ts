/** What may be done with a project after its application: check, countersign, return, withdraw, reject, close, progress. */
import { label } from '../../messages/index.ts';
import { paths } from '../../paths.ts';
import { courseSituation } from '../project/course.rules.ts';
import { contentFields } from '../project/changes.rules.ts';
import type { ProjectDoc } from '../project/project.schema.ts';
import { canBeClosed } from '../project/project-subject.ts';
import { listOf } from './input.rules.ts';
import {
  opinionField,
  pageAction,
  reasonField,
  type FieldSpec,
  type PageAction,
  type SummaryLine,
} from './page-action.ts';

type State = ProjectDoc['state'];
const common = { kind: 'project', contract: 'project' } as const;
const back = (doc: ProjectDoc): string => paths.project(doc._id);
const summary = (doc: ProjectDoc): SummaryLine[] => [
  ['field.project', `${doc._id} ${doc.name}`],
  ['field.state', label(`project.${doc.state}`)],
  ['field.contentHash', doc.contentHash],
];
const bound = (doc: ProjectDoc, input: Readonly<Record<string, string>>): object => ({
  id: doc._id,
  contentHash: doc.contentHash,
  opinion: input.opinion,
});
/** A step that only needs an opinion: the function of the contract and the state it is taken in. */
function step(fn: 'check' | 'countersign', state: State): PageAction<'project'> {
  return pageAction({
    ...common,
    id: `project.${fn}`,
    title: `action.project.${fn}`,
    icon: 'check',
    fn,
    primary: true,
    applies: (doc) => doc.state === state,
    situation: (doc) => courseSituation(doc, fn),
    fields: () => [opinionField],
    summary,
    args: bound,
    back,
  });
}

const returnTargets: Partial<Record<State, readonly string[]>> = {
  SUBMITTED: ['apply'],
  CHECKED: ['apply', 'check'],
  COUNTERSIGNED: ['apply', 'check', 'countersign'],
  REVIEWED: ['apply', 'check', 'countersign', 'review'],
};
const returnField = (doc: ProjectDoc): FieldSpec => ({
  name: 'returnTo',
  label: 'field.returnTo',
  type: 'select',
  choices: (returnTargets[doc.state] ?? []).map((value) => ({ value, text: label(`step.${value}`) })),
});

/** The parts of the application in question; the applicant finds them marked. */
const partsField: FieldSpec = {
  name: 'fields',
  label: 'field.fields',
  hint: 'field.fields.hint',
  type: 'checkboxes',
  optional: true,
  choices: contentFields.map((one) => ({ value: one.pointer, text: label(one.label) })),
};

export const projectActions: readonly PageAction<'project'>[] = [
  step('check', 'SUBMITTED'),
  step('countersign', 'CHECKED'),
  pageAction({
    ...common,
    id: 'project.return',
    title: 'action.project.return',
    icon: 'arrow-back-up',
    fn: 'return',
    applies: (doc) => doc.state in returnTargets,
    situation: (doc) => courseSituation(doc, null),
    fields: (doc) => [returnField(doc), opinionField, partsField],
    summary,
    args: (doc, input) => ({ ...bound(doc, input), returnTo: input.returnTo, fields: listOf(input.fields) }),
    back,
  }),
  pageAction({
    ...common,
    id: 'project.withdraw',
    title: 'action.project.withdraw',
    icon: 'arrow-back',
    fn: 'withdraw',
    applies: (doc) => doc.state === 'SUBMITTED',
    situation: (doc) => ({
      ownerOrgId: doc.applicantOrgId,
      // A return to the county's check is no new application: there is nothing to take back.
      stateAllows: doc.state === 'SUBMITTED' && doc.lastStep === 'apply',
    }),
    fields: () => [reasonField],
    summary,
    args: (doc, input) => ({ id: doc._id, reason: input.reason }),
    back,
  }),
  pageAction({
    ...common,
    id: 'project.decide',
    title: 'action.project.reject',
    icon: 'x',
    fn: 'decide',
    applies: (doc) => doc.state === 'REVIEWED',
    situation: (doc) => courseSituation(doc, 'decide'),
    fields: () => [opinionField],
    summary,
    args: (doc, input) => ({
      ...bound(doc, input),
      decision: 'reject',
      draftId: null,
      issuedOn: null,
      instructionSign: null,
    }),
    back,
  }),
  pageAction({
    ...common,
    id: 'project.checkProgress',
    title: 'action.project.checkProgress',
    icon: 'eye-check',
    fn: 'checkProgress',
    primary: true,
    applies: (doc) => doc.record.progress.some((one) => one.state === 'REPORTED'),
    situation: (doc) => ({
      division: doc.division,
      ownerOrgId: doc.applicantOrgId,
      stateAllows: doc.state === 'APPROVED' && doc.record.progress.some((one) => one.state === 'REPORTED'),
    }),
    fields: (doc) => [
      {
        name: 'milestoneNo',
        label: 'field.milestone',
        type: 'select',
        choices: doc.record.progress
          .filter((one) => one.state === 'REPORTED')
          .map((one) => ({
            value: String(one.no),
            text: `M${one.no} ${doc.record.content.milestones.find((m) => m.no === one.no)?.name ?? ''} ${one.percent}%`,
          })),
      },
      {
        name: 'accept',
        label: 'field.accept',
        type: 'select',
        choices: [
          { value: 'yes', text: label('field.accept.yes') },
          { value: 'no', text: label('field.accept.no') },
        ],
      },
      opinionField,
    ],
    summary,
    args: (doc, input) => ({
      id: doc._id,
      milestoneNo: Number(input.milestoneNo),
      accept: input.accept === 'yes',
      opinion: input.opinion,
    }),
    back,
  }),
  pageAction({
    ...common,
    id: 'project.close',
    title: 'action.project.close',
    icon: 'archive',
    fn: 'close',
    applies: canBeClosed,
    situation: (doc) => ({ division: doc.division, stateAllows: canBeClosed(doc) }),
    fields: () => [opinionField],
    summary,
    args: (doc, input) => ({ id: doc._id, opinion: input.opinion }),
    back,
  }),
];
