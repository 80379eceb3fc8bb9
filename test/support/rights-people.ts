/** The people of the guided walk's county and of the province who walk the table of rights: one per role and post. */
import { people } from '../../src/commands/demo/organisations.ts';
import type { Post, Role } from '#kernel/records/common.ts';

/** Somebody who tries an action. */
export interface Walker {
  readonly userId: string;
  readonly orgId: string;
  readonly role: Role;
  readonly posts: readonly Post[];
  /** Machines sign transactions but have no sign-in account. */
  readonly machine: boolean;
}

const orgs = [
  'plo',
  'pfd',
  'lpf',
  'aud',
  'bank-qs',
  'lfb-5226',
  'cph-522634',
  'lfb-522634',
  'cpc-522634',
  'imp-522634',
];
const administrators = [
  ['sysadmin', 'sys-admin'],
  ['secadmin', 'sec-admin'],
  ['logadmin', 'log-admin'],
  ['platform', 'platform'],
] as const;

/** Every role of the product, with every post that somebody of it holds. */
export const walkers: readonly Walker[] = [
  ...administrators.map(([userId, role]) => ({
    ...{ userId, role, orgId: 'operator', posts: [] },
    machine: role === 'platform',
  })),
  ...people
    .filter((one) => orgs.includes(one.orgId))
    .map(({ userId, orgId, role, posts }) => ({
      ...{ userId, orgId, role, posts },
      machine: role === 'bank-feed',
    })),
];
