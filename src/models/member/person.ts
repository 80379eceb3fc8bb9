/** The signed-in person as every rule, service and page knows them. */
import { administrators, type Post, type Role } from '#kernel/records/common.ts';

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

/** Whether the person is one of the three administrators (三员). */
export function isAdministrator(person: Pick<Person, 'role'>): boolean {
  return administrators.includes(person.role);
}
