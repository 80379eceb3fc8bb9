/** Every page action by its address, and which of them a person is offered for an object. */
import { label, refusalText } from '../../messages/index.ts';
import { paths } from '../../paths.ts';
import type { Person } from '../member/person.ts';
import { whyNot } from '../member/rights.rules.ts';
import { alertActions } from './alert.actions.ts';
import { draftActions } from './draft.actions.ts';
import { fundActions } from './fund.actions.ts';
import { legActions } from './leg.actions.ts';
import { matchActions } from './match.actions.ts';
import { memberActions } from './member.actions.ts';
import type { PageAction, SubjectKind, SubjectOf } from './page-action.ts';
import { projectActions } from './project.actions.ts';

/** An action of any kind; its subject is what its own kind loads. */
export type AnyAction = PageAction;

const all = [
  ...projectActions,
  ...draftActions,
  ...legActions,
  ...matchActions,
  ...alertActions,
  ...fundActions,
  ...memberActions,
] as unknown as readonly AnyAction[];
const byId = new Map<string, AnyAction>(all.map((one) => [one.id, one]));

/** The action with this id, or undefined. */
export function actionOf(id: string): AnyAction | undefined {
  return byId.get(id);
}

/** Every action, for the API and the tests. */
export const pageActions: readonly AnyAction[] = all;

/** A button of a page, or why it is not one. */
export interface OfferedAction {
  readonly id: string;
  readonly title: string;
  readonly icon: string;
  readonly href: string;
  readonly primary: boolean;
  readonly allowed: boolean;
  /** Why not, as a sentence; '' when allowed. */
  readonly reason: string;
}

/** What a person may do now with an object, and what he may not, with the reason; actions of other roles are left out unless they come next. */
export function offeredActions<K extends SubjectKind>(
  person: Person,
  kind: K,
  doc: SubjectOf<K> & { readonly _id: string },
): OfferedAction[] {
  return all
    .filter((one) => one.kind === kind && (one.applies?.(doc) ?? true))
    .map((one) => {
      const reason = whyNot(person, one.id, one.situation(doc, person));
      return {
        id: one.id,
        title: label(one.title),
        icon: one.icon,
        href: paths.action(one.id, doc._id),
        primary: one.primary ?? false,
        allowed: reason === null,
        reason: reason === null ? '' : refusalText(reason),
      };
    });
}

/** Actions that make something new, as buttons of a list page. */
export function offeredNew(person: Person, ids: readonly string[]): OfferedAction[] {
  return ids.flatMap((id) => {
    const action = byId.get(id);
    if (action === undefined || whyNot(person, action.id, {}) !== null) return [];
    return [
      {
        id,
        title: label(action.title),
        icon: action.icon,
        href: paths.action(id, 'new'),
        primary: action.primary ?? false,
        allowed: true,
        reason: '',
      },
    ];
  });
}
