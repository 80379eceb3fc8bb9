/** Whom an event is told to: by role, post and scope, or only those who are concerned by name; and where its object stands. */
import { administrators, businessRoles, type Post, type Role } from '#kernel/records/common.ts';
import { paths } from '../../paths.ts';
import type { ActivityDoc } from '../activity/activity.schema.ts';
import type { Person } from '../member/person.ts';
import { inScope } from '../member/scope.rules.ts';

/** The part of an event that decides whom it is told to. */
export type ToldEvent = Pick<
  ActivityDoc,
  | 'type'
  | 'division'
  | 'parties'
  | 'contract'
  | 'creatorUserId'
  | 'draftId'
  | 'legId'
  | 'projectId'
  | 'alertId'
> & { readonly otherId: string | null };

/** The part of a person that decides. */
export type Reader = Pick<Person, 'userId' | 'orgId' | 'role' | 'posts' | 'division'>;

/** One group of readers. `reach`: scope = whoever may see it, party = organisations the event names, all = everybody of the role. */
interface Audience {
  readonly roles: readonly Role[];
  readonly post: Post | null;
  readonly reach: 'scope' | 'party' | 'all';
}

const payers: readonly Role[] = [
  'province-finance',
  'local-finance',
  'bank-investor',
  'partnership',
  'county-fund-company',
];
const scope = (role: Role, post: Post | null): Audience => ({ roles: [role], post, reach: 'scope' });
const party = (post: Post | null, ...roles: readonly Role[]): Audience => ({ roles, post, reach: 'party' });

const applicant = party('handle', 'county-command');
const unit = party('handle', 'implementing-unit');
const ends: readonly Audience[] = [party('handle', ...payers, 'implementing-unit')];
const ofDraft: readonly Audience[] = [...ends, scope('county-command', 'handle')];
const secondOfOffice: readonly Audience[] = [scope('leading-office', 'decide')];
const officeHandles: readonly Audience[] = [scope('leading-office', 'handle')];
const fundCheck: readonly Audience[] = [scope('province-finance', 'check')];
const judgesOf = (post: Post): readonly Audience[] => [
  scope('leading-office', post),
  scope('county-command', post),
];
const named: readonly Audience[] = [party('handle', ...businessRoles)];

const audiences: Readonly<Record<string, readonly Audience[]>> = {
  'project.applied': [scope('county-command', 'check')],
  'project.checked': [scope('local-finance', 'check'), applicant],
  'project.countersigned': [scope('leading-office', 'check'), applicant],
  'project.reviewed': [...secondOfOffice, applicant],
  'project.approved': [applicant, unit],
  'project.rejected': [applicant, unit],
  'project.returned': [applicant, party('check', 'county-command')],
  'project.withdrawn': [party('check', 'county-command')],
  'project.closed': [applicant, unit],
  'milestone.reported': [scope('county-command', 'check')],
  'milestone.accepted': [unit],
  'milestone.refused': [unit],
  'draft.issued': ofDraft,
  'draft.frozen': ofDraft,
  'draft.unfrozen': ofDraft,
  'draft.cancelled': ofDraft,
  'draft.recalled': ofDraft,
  'draft.cancel-requested': secondOfOffice,
  'draft.recall-requested': secondOfOffice,
  'leg.matched': ends,
  'leg.mismatch': ends,
  'leg.returned': ends,
  'redemption.requested': [scope('county-command', 'check')],
  'redemption.checked': [scope('county-fund-company', 'check')],
  'redemption.approved': [party('handle', 'county-fund-company', 'implementing-unit')],
  'redemption.refused': [unit],
  'redemption.settled': [unit, scope('county-command', 'handle')],
  'alert.raised': named,
  'alert.assigned': named,
  'alert.closed': named,
  'alert.explained': judgesOf('check'),
  'alert.rectified': judgesOf('check'),
  'alert.reviewed': judgesOf('decide'),
  'alert.reported': officeHandles,
  'fund.proposed': fundCheck,
  'fund.call-proposed': fundCheck,
  'calendar.proposed': fundCheck,
  'fund.confirmed': officeHandles,
  'calendar.confirmed': officeHandles,
  'fund.call-opened': [...officeHandles, { roles: ['county-command'], post: 'handle', reach: 'all' }],
  'account.proposed': [scope('sec-admin', null), party('check', ...businessRoles)],
  'account.confirmed': named,
  'account.closed': named,
  'member.user-registered': [scope('sec-admin', null)],
};

/** Types of events that are told to anybody. */
export const toldTypes: readonly string[] = Object.keys(audiences);

/** Roles that any event is told to. */
export const readerRoles: readonly Role[] = [
  ...new Set(Object.values(audiences).flatMap((all) => all.flatMap((one) => one.roles))),
];

/** Whether a person is told of an event; nobody is told what he did himself. */
export function isTold(person: Reader, event: ToldEvent): boolean {
  if (event.creatorUserId === person.userId) return false;
  return (audiences[event.type] ?? []).some((one) => belongs(person, one) && reaches(person, one, event));
}

function belongs(person: Reader, { roles, post }: Audience): boolean {
  return roles.includes(person.role) && (post === null || person.posts.includes(post));
}

function reaches(person: Reader, { reach }: Audience, event: ToldEvent): boolean {
  if (reach === 'all') return true;
  if (reach === 'party') return event.parties.includes(person.orgId);
  return inScope(person, { ...event, draftParties: event.parties }, 'activity');
}

/** The page of an event's object, for a person. */
export function linkOf(person: Pick<Reader, 'role'>, event: ToldEvent): string {
  if (event.alertId !== null) return paths.alert(event.alertId);
  if (event.draftId !== null) return paths.draft(event.draftId);
  if (event.projectId !== null) return paths.project(event.projectId);
  if (/^(fund|calendar)\./.test(event.type)) return paths.funds;
  if (!administrators.includes(person.role)) return paths.account;
  return event.type.startsWith('account.') ? paths.accounts : paths.people;
}

/** What an event is about, as people know it. */
export function aboutOf({ draftId, legId, projectId, alertId, otherId }: ToldEvent): string {
  const draft = draftId === null ? null : [draftId, legId].filter(Boolean).join(' ');
  return draft ?? projectId ?? alertId ?? otherId ?? '';
}
