/** The signed-in person as every rule, service and page knows them. */
import type { Post, Role } from '#kernel/records/common.ts';

/** Who acts: read from the ledger's user and organisation at each request, so that a disable takes effect at once. */
export interface Person {
  readonly userId: string;
  /** Name shown on screen; never logged. */
  readonly name: string;
  readonly orgId: string;
  readonly orgName: string;
  readonly role: Role;
  /** 经办 handle, 复核 check, 审批 decide. */
  readonly posts: readonly Post[];
  /** Division code of the organisation: 2, 4 or 6 digits. */
  readonly division: string;
  readonly level: 'province' | 'city' | 'county';
}

/** The three administrators (三员): they see nothing of the business (R4). */
export const administratorRoles: readonly Role[] = ['sys-admin', 'sec-admin', 'log-admin'];

/** Whether the person is one of the three administrators. */
export function isAdministrator(person: Pick<Person, 'role'>): boolean {
  return administratorRoles.includes(person.role);
}
