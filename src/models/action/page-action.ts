/** What a page action is: one call of a contract, with the form that asks for it and the situation in which it may be done. */
import type { Evidence } from '#kernel/records/evidence.ts';
import type { MessageKey } from '../../messages/keys.ts';
import type { Person } from '../member/person.ts';
import type { Action as RightName, Situation } from '../member/rights.rules.ts';
import type { ProjectSubject } from '../project/project-subject.ts';
import type { ReadModelDocs, ReadModels } from '../read-model/read-models.ts';

/** Kinds of object an action is about; `none` for something that is made new. */
export type SubjectKind =
  | 'project'
  | 'draft'
  | 'leg'
  | 'flow'
  | 'match'
  | 'alert'
  | 'fund'
  | 'fundCall'
  | 'calendar'
  | 'organisation'
  | 'user'
  | 'bankAccount'
  | 'none';
/** The document of a kind. */
export type SubjectOf<K extends SubjectKind> = K extends 'project'
  ? ProjectSubject
  : K extends keyof ReadModelDocs
    ? ReadModelDocs[K]
    : null;

/** A choice of a select field. */
export interface Choice {
  readonly value: string;
  readonly text: string;
}

/** One field of the form. `yuan` is typed in yuan and handed on as decimal fen; a checkbox gives 'yes' or '', checkboxes give the chosen values, one per line. */
export interface FieldSpec {
  readonly name: string;
  readonly label: MessageKey;
  readonly type:
    | 'text'
    | 'textarea'
    | 'date'
    | 'yuan'
    | 'number'
    | 'select'
    | 'checkbox'
    | 'checkboxes'
    | 'serial'
    | 'account';
  readonly optional?: boolean;
  readonly max?: number;
  readonly hint?: MessageKey;
  readonly initial?: string;
  readonly choices?: readonly Choice[];
}

/** What a form's making and an action's arguments may look up. */
export interface ActionContext {
  readonly person: Person;
  readonly models: ReadModels;
  readonly now: Date;
  readonly issuerKey: (orgId: string) => Promise<string>;
}

/** Input by field name, in normal form. */
export type ActionInput = Readonly<Record<string, string>>;

/** One line of "this will be written". */
export type SummaryLine = readonly [label: MessageKey, value: string];

/** An action on objects of one kind, with all that its page and its call need. */
export interface PageAction<K extends SubjectKind = SubjectKind> {
  /** contract.function, or a part of it; the last part of its address. */
  readonly id: RightName;
  readonly kind: K;
  readonly title: MessageKey;
  readonly icon: string;
  readonly contract: string;
  readonly fn: string;
  /** Asks for the password again when it was not given lately. */
  readonly money?: boolean;
  readonly primary?: boolean;
  /** Left out where the object can never take it: then it is neither offered nor explained. */
  readonly applies?: (doc: SubjectOf<K>) => boolean;
  /** What files are anchored for that are brought on the page of this action, before its form; absent = none are. */
  readonly filesFor?: (doc: SubjectOf<K>) => Evidence['owner'];
  readonly situation: (doc: SubjectOf<K>, person: Person) => Situation;
  readonly fields: (
    doc: SubjectOf<K>,
    context: ActionContext,
  ) => readonly FieldSpec[] | Promise<readonly FieldSpec[]>;
  readonly summary: (doc: SubjectOf<K>) => readonly SummaryLine[];
  /** Arguments of the contract, without the request id. */
  readonly args: (doc: SubjectOf<K>, input: ActionInput, context: ActionContext) => object | Promise<object>;
  /** Where to go afterwards: a page that the person may open. */
  readonly back: (doc: SubjectOf<K>, input: ActionInput, person: Person) => string;
}

/** Keeps the kind of an action's subject in its type. */
export function pageAction<K extends SubjectKind>(action: PageAction<K>): PageAction<K> {
  return action;
}

/** The opinion field most steps have. */
export const opinionField: FieldSpec = {
  name: 'opinion',
  label: 'field.opinion',
  type: 'textarea',
  max: 500,
};
/** The reason field. */
export const reasonField: FieldSpec = { name: 'reason', label: 'field.reason', type: 'textarea', max: 500 };
