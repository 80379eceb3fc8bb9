/** The first transaction of an installation: its operator, the three administrators and the machine user. */
import { randomBytes } from 'node:crypto';
import type { Role } from '#kernel/records/common.ts';
import type { LedgerActionService } from '../ledger-action/ledger-action.service.ts';
import type { EnrolmentService } from './enrolment.service.ts';

/** The operator's organisation id. */
export const operatorOrgId = 'operator';
const division = '52';

/** The administrators' user ids, which are their sign-in names too, and the names shown. */
export const administrators = [
  { userId: 'sysadmin', role: 'sys-admin', name: '系统管理员' },
  { userId: 'secadmin', role: 'sec-admin', name: '安全管理员' },
  { userId: 'logadmin', role: 'log-admin', name: '审计管理员' },
] as const satisfies readonly { userId: string; role: Role; name: string }[];

/** A sign-in name with its first password. */
export interface FirstPassword {
  readonly username: string;
  readonly password: string;
  readonly role: Role;
  readonly name: string;
}

/** What the first transaction needs from outside. */
export interface BootstrapDeps {
  readonly actions: LedgerActionService;
  readonly enrolment: EnrolmentService;
}

/**
 * Makes the operator and its people. Safe to call again after a crash.
 * @param passwordOf the first password of each administrator; random when absent, to be changed at first sign-in
 */
export async function bootstrapInstallation(
  deps: BootstrapDeps,
  passwordOf?: (userId: string) => string,
): Promise<FirstPassword[]> {
  const machine = {
    userId: 'platform',
    role: 'platform',
    orgId: operatorOrgId,
    division,
    posts: [],
  } as const;
  await deps.enrolment.enrolKey(machine);
  const made: FirstPassword[] = [];
  for (const { userId, role, name } of administrators) {
    const password = passwordOf?.(userId) ?? randomBytes(15).toString('base64url');
    const person = {
      userId,
      username: userId,
      name,
      orgId: operatorOrgId,
      role,
      posts: [],
      division,
      password,
      mustChangePassword: passwordOf === undefined,
    };
    await deps.enrolment.enrolKey(person);
    made.push({ username: userId, password, role, name });
  }
  const users = { sysAdmin: 'sysadmin', secAdmin: 'secadmin', logAdmin: 'logadmin', platform: 'platform' };
  const organisation = { id: operatorOrgId, name: '平台运维中心', division, uscc: null };
  await deps.actions.act('sysadmin', {
    contract: 'member',
    fn: 'bootstrap',
    args: { requestId: 'bootstrap-1', organisation, users },
  });
  for (const { username, password, name } of made) {
    await deps.enrolment.account({
      userId: username,
      username,
      name,
      password,
      mustChangePassword: passwordOf === undefined,
    });
  }
  return made;
}
