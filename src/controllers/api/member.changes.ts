/** Organisations, users and bank accounts: joins and parts in two hands. */
import { z } from 'zod';
import { opinionText, post, role } from '#kernel/records/common.ts';
import { memberArgs } from '#kernel/records/member.ts';
import { change, type Change } from './types.ts';

const tag = '机构与人员 members';
const organisation = {
  kind: 'organisation',
  id: (params) => params.id ?? '',
} as const satisfies Change<never, 'organisation'>['subject'];
const user = { kind: 'user', id: (params) => params.id ?? '' } as const satisfies Change<
  never,
  'user'
>['subject'];
const account = {
  kind: 'bankAccount',
  id: (params) => params.accountId ?? '',
} as const satisfies Change<never, 'bankAccount'>['subject'];
const reason = z.object({ reason: opinionText });

export const memberChanges: readonly Change[] = [
  change({
    method: 'post',
    path: '/organisations',
    tag,
    summary: '登记机构 Register an organisation; an issuing one gets its SM2 key',
    right: 'member.registerOrganisation',
    body: memberArgs.registerOrganisation.omit({ requestId: true, issuerPublicKey: true }),
    call: async ({ body, platform }) => ({
      contract: 'member',
      fn: 'registerOrganisation',
      args: {
        ...body,
        issuerPublicKey: body.roles.includes('leading-office')
          ? await platform.services.issuer.ensureKey(body.id)
          : null,
      },
    }),
  }),
  change({
    method: 'post',
    path: '/organisations/{id}/disable',
    tag,
    summary: '停用机构 Disable an organisation',
    right: 'member.disable',
    subject: organisation,
    body: reason,
    call: ({ body, doc }) => ({
      contract: 'member',
      fn: 'disable',
      args: { kind: 'organisation', id: doc._id, ...body },
    }),
  }),
  change({
    method: 'post',
    path: '/organisations/{id}/accounts',
    tag,
    summary: '登记银行账户 Propose a bank account',
    right: 'member.registerAccount',
    subject: organisation,
    body: memberArgs.registerAccount.omit({ requestId: true, orgId: true }),
    call: ({ body, doc }) => ({
      contract: 'member',
      fn: 'registerAccount',
      args: { orgId: doc._id, ...body },
    }),
  }),
  change({
    method: 'post',
    path: '/organisations/{id}/accounts/{accountId}/confirm',
    tag,
    summary: '确认银行账户 Confirm an account, by a second person; the id is `{bankId}~{account}`',
    right: 'member.confirmAccount',
    subject: account,
    body: z.object({}),
    call: ({ doc }) => ({
      contract: 'member',
      fn: 'confirmAccount',
      args: { bankId: doc.bankId, account: doc.account },
    }),
  }),
  change({
    method: 'post',
    path: '/organisations/{id}/accounts/{accountId}/close',
    tag,
    summary: '注销银行账户 Close an account',
    right: 'member.closeAccount',
    subject: account,
    body: reason,
    call: ({ body, doc }) => ({
      contract: 'member',
      fn: 'closeAccount',
      args: { bankId: doc.bankId, account: doc.account, ...body },
    }),
  }),
  change({
    method: 'post',
    path: '/members',
    tag,
    summary: '登记人员 Register a person; the one-time password is told with the first answer alone',
    right: 'member.registerUser',
    body: z.object({
      userId: z.string().regex(/^[a-z0-9][a-z0-9_.-]{2,31}$/),
      name: z.string().trim().min(1).max(60),
      orgId: memberArgs.registerUser.shape.orgId,
      role,
      posts: z.array(post),
    }),
    run: async ({ body, person, platform, requestId }) => {
      const { receipt, password } = await platform.services.joining.register(person.userId, body, requestId);
      return {
        ...(receipt ?? { result: { userId: body.userId, state: 'PENDING' } }),
        ...(password === null ? {} : { secret: { oneTimePassword: password } }),
      };
    },
  }),
  change({
    method: 'post',
    path: '/members/{id}/activate',
    tag,
    summary: '启用人员 Activate a registered user',
    right: 'member.activateUser',
    subject: user,
    body: z.object({}),
    run: async ({ doc, person, platform, requestId }) =>
      platform.services.joining.activate(person.userId, doc._id, requestId),
  }),
  change({
    method: 'post',
    path: '/members/{id}/disable',
    tag,
    summary: '停用人员 Disable a user; takes effect at the next request',
    right: 'member.disable',
    subject: user,
    body: reason,
    run: async ({ body, doc, person, platform, requestId }) => {
      await platform.services.joining.disable(person.userId, doc._id, body.reason, requestId);
      return { result: { id: doc._id, state: 'DISABLED' } };
    },
  }),
];
