/** What the help page lists: the statuses by kind, and who may do what, read off the table of rights itself. */
import type { Post, Role } from '#kernel/records/common.ts';
import { isMessageKey, type MessageKey } from '../../messages/index.ts';
import { rights, type Action, type Right } from '../member/rights.rules.ts';

/** Kinds whose statuses are explained. */
export const explainedKinds = ['project', 'draft', 'leg', 'flow', 'redemption', 'alert'] as const;

/** Actions told of, in the order of a project's life. */
export const toldActions = [
  'project.apply',
  'project.check',
  'project.countersign',
  'project.review',
  'project.decide',
  'project.return',
  'reconciliation.register',
  'reconciliation.confirmWithdrawal',
  'project.reportProgress',
  'project.checkProgress',
  'draft.requestRedemption',
  'draft.checkRedemption',
  'draft.freeze',
  'alert.explain',
  'alert.review',
  'alert.close',
  'alert.report',
  'fund.create',
  'fund.confirm',
  'member.registerAccount',
  'member.confirmAccount',
  'member.registerUser',
  'member.activateUser',
] as const satisfies readonly Action[];

/** Words explained. */
export const terms = [
  'draft',
  'leg',
  'serial',
  'match',
  'redeem',
  'rules',
  'scope',
  'posts',
  'receipt',
  'notice',
] as const;

/** One line of "who does what": the roles of each way, and the posts of which one is needed. */
export interface WhoDoes {
  readonly key: MessageKey;
  readonly ways: readonly { readonly roles: readonly Role[]; readonly posts: readonly Post[] }[];
}

/** Who may do what, as pages and contracts keep it. */
export function whoDoesWhat(): WhoDoes[] {
  return toldActions.map((action) => {
    const ways: readonly Right[] = rights[action];
    return { key: `help.do.${action}`, ways };
  });
}

/** The meaning of a status, when it has one. @param status kind.STATE */
export function meaningOf(status: string): MessageKey | null {
  const key = `help.mean.${status}`;
  return isMessageKey(key) ? key : null;
}
