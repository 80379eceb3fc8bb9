/** Bank profiles over the API: seen, tried on a sample, proposed by one administrator and activated by another. */
import { z } from 'zod';
import { isAccount, normalAccount } from '#kernel/normal-form.ts';
import type { Role } from '#kernel/records/common.ts';
import { bankProfile } from '../../models/bank-profile/bank-profile.rules.ts';
import { bankFor, banksFor } from '../../models/bank-profile/profile-access.ts';
import { DomainError } from '../../models/kernel/errors.ts';
import type { Person } from '../../models/member/person.ts';
import { dryRun } from '../../models/statement/dry-run.ts';
import { change, type Asked, type Change, type Question } from './types.ts';

const tag = '银行格式 bank profiles';
const path = '/bank-profiles/{id}';

function only(role: Role, person: Person): void {
  if (person.role !== role) throw new DomainError('ROLE_NOT_ALLOWED', `${person.userId} is no ${role}`);
}

export const profileChanges: readonly Change[] = [
  change({
    method: 'post',
    path,
    tag,
    summary: '提出格式 Propose a profile as system administrator; nothing is read by it yet',
    body: bankProfile,
    run: async ({ platform, person, params, body }) => {
      only('sys-admin', person);
      const bank = await bankFor(person, params.id ?? '');
      await platform.services.bankProfiles.propose(bank._id, body, person.userId);
      return { result: { bankId: bank._id, state: 'proposed' } };
    },
  }),
  change({
    method: 'post',
    path: `${path}/activate`,
    tag,
    summary: '启用格式 Activate what was proposed, as security administrator',
    body: z.object({}),
    run: async ({ platform, person, params }) => {
      only('sec-admin', person);
      const bank = await bankFor(person, params.id ?? '');
      await platform.services.bankProfiles.activate(bank._id, person.userId);
      return { result: { bankId: bank._id, state: 'active' } };
    },
  }),
  change({
    method: 'post',
    path: `${path}/dry-run`,
    tag,
    summary: '试读样本 How a pushed entry, camt XML or CSV would be read; nothing is stored',
    body: z.object({
      sample: z.string().max(100_000),
      account: z.string().max(64).default('').describe('The bank’s own account, where the sample names none'),
    }),
    run: async ({ platform: { services }, person, params, body }) => {
      const bank = await bankFor(person, params.id ?? '');
      const account = normalAccount(body.account);
      const place = {
        ...{ bankId: bank._id, account: isAccount(account) ? account : '' },
        ...{
          profile: await services.bankProfiles.of(bank._id),
          own: await services.bankProfiles.own(bank._id),
        },
      };
      return { result: await dryRun(body.sample, place) };
    },
  }),
];

async function one({ platform: { services }, person, params }: Asked): Promise<unknown> {
  const bank = await bankFor(person, params.id ?? '');
  const kept = await services.bankProfiles.find(bank._id);
  return {
    ...{ id: bank._id, name: bank.name, isOwn: (kept?.versions.length ?? 0) > 0 },
    ...{ profile: await services.bankProfiles.of(bank._id), proposed: kept?.proposed ?? null },
    versions: kept?.versions ?? [],
  };
}

export const profileQuestions: readonly Question[] = [
  {
    path: '/bank-profiles',
    tag,
    summary: '银行格式 Banks and the profile each is read by; a bank sees its own',
    answer: async ({ platform, person }) => ({
      items: await Promise.all(
        (await banksFor(person)).map(async ({ _id, name }) => {
          const { id: profileId, title } = await platform.services.bankProfiles.of(_id);
          return { id: _id, name, profileId, title };
        }),
      ),
    }),
  },
  { path, tag, summary: '银行格式 One bank’s profile, what is proposed, and the earlier ones', answer: one },
];
