/** Enrols the demonstration's organisations, people, accounts, funds and banks, in the order in which a real installation would. */
import { addDays } from '#kernel/dates.ts';
import type { Platform } from '../../compose.ts';
import { bootstrapInstallation } from '../../models/member/bootstrap.service.ts';
import { checkDigit } from '#kernel/mod-11-10.ts';
import { requestIdOf } from './loader.ts';
import { accounts, banks, organisations, people, type DemoPerson } from './organisations.ts';
import { funds } from './projects.ts';
import { personWith, type DemoWorld } from './world.ts';

/** The one password of every demonstration account. */
export const demoPassword = 'Yanshi-2026-zhanghu';
/** Which part of the demonstration is loaded, by division; tests load two counties. */
export type Within = (one: { readonly division: string }) => boolean;
const everywhere: Within = () => true;
/** Submits at a time, so that they share blocks. */
const abreast = 16;

/** The operator and the three administrators. */
export async function loadAdministrators({ services }: Platform, world: DemoWorld): Promise<void> {
  await world.once('administrators', async () => {
    await bootstrapInstallation(services, () => demoPassword);
    return true;
  });
}

/** Organisations with the issuer's signing key, users with certificates and sign-in accounts. */
export async function loadMembers(
  { services }: Platform,
  world: DemoWorld,
  within: Within = everywhere,
): Promise<void> {
  const issuerKey = await services.issuer.ensureKey('plo');
  await together(organisations.filter(within), async (one) => {
    const args = { ...one, uscc: null, issuerPublicKey: one.id === 'plo' ? issuerKey : null };
    await services.actions.submit('sysadmin', {
      contract: 'member',
      fn: 'registerOrganisation',
      args: { requestId: requestIdOf(`org-${one.id}`), ...args },
    });
  });
  const passwordHash = await services.accounts.hashOf(demoPassword);
  await together(people.filter(within), (person) =>
    world.once(`person-${person.userId}`, async () => {
      await enrol(services, person, passwordHash);
      return true;
    }),
  );
}

async function enrol(
  services: Platform['services'],
  person: DemoPerson,
  passwordHash: string,
): Promise<void> {
  const { userId: id, orgId, role, posts } = person;
  await services.actions.submit('sysadmin', {
    contract: 'member',
    fn: 'registerUser',
    args: { requestId: requestIdOf(`user-${id}`), id, orgId, role, posts },
  });
  await services.actions.submit('secadmin', {
    contract: 'member',
    fn: 'activateUser',
    args: { requestId: requestIdOf(`activate-${id}`), id },
  });
  await services.enrolment.enrolKey(person);
  if (role !== 'bank-feed')
    await services.enrolment.account({
      userId: id,
      username: id,
      name: person.name,
      password: demoPassword,
      mustChangePassword: false,
      passwordHash,
    });
}

/** Bank accounts, proposed by one person and confirmed by a second. */
export async function loadAccounts({ services }: Platform, within: Within = everywhere): Promise<void> {
  const divisionOf = new Map(organisations.map((one) => [one.id, one]));
  const wanted = accounts.filter((one) => within(divisionOf.get(one.orgId) ?? { division: '' }));
  await together(wanted, async ({ balanceFen: _, ...account }) => {
    const args = { ...account, bankNo: bankNoOf(account.bankId) };
    await services.actions.submit(personWith(account.orgId, 'handle').userId, {
      contract: 'member',
      fn: 'registerAccount',
      args: { requestId: requestIdOf(`account-${account.account}`), ...args },
    });
    await services.actions.submit(personWith(account.orgId, 'check').userId, {
      contract: 'member',
      fn: 'confirmAccount',
      args: {
        requestId: requestIdOf(`confirm-${account.account}`),
        bankId: account.bankId,
        account: account.account,
      },
    });
  });
}

/** Both funds with an open call each: proposed by the leading office, confirmed by the finance department. */
export async function loadFunds({ services }: Platform, world: DemoWorld): Promise<void> {
  const common = {
    provinceWeight: 4,
    localWeight: 6,
    localLevel: 'city',
    provinceOrgId: 'pfd',
    vehicleOrgId: 'lpf',
  };
  const made = [
    {
      ...common,
      id: funds.mixed.id,
      name: '贵州扶贫产业投资基金',
      fiscalShareBp: 1000,
      banks: [{ orgId: banks.investor, weight: 1 }],
    },
    { ...common, id: funds.fiscal.id, name: '财政专项扶贫基金', fiscalShareBp: 10_000, banks: [] },
  ];
  const submit = (by: DemoPerson, fn: string, args: object, key: string): Promise<unknown> =>
    services.actions.submit(by.userId, {
      contract: 'fund',
      fn,
      args: { requestId: requestIdOf(key), ...args },
    });
  const [proposer, confirmer] = [personWith('plo', 'handle'), personWith('pfd', 'check')];
  for (const fund of made) {
    const call = {
      id: 'call-2026',
      fundId: fund.id,
      title: '2026 年度项目征集',
      limitFen: '30000000000',
      opensOn: addDays(world.today, -30),
      closesOn: addDays(world.today, 300),
    };
    await submit(proposer, 'create', fund, `fund-${fund.id}`);
    await submit(confirmer, 'confirm', { id: fund.id }, `fund-confirm-${fund.id}`);
    await submit(proposer, 'openCall', call, `call-${fund.id}`);
    await submit(confirmer, 'confirmCall', { fundId: fund.id, id: call.id }, `call-confirm-${fund.id}`);
  }
}

/** Admits both banks; what the sample bank needs to sign as they would. */
export async function loadBanks(
  { services }: Platform,
  world: DemoWorld,
): Promise<{ bankId: string; name: string; hmacSecret: string }[]> {
  return Promise.all(
    Object.values(banks).map((bankId) =>
      world.once(`bank-${bankId}`, async () => {
        const name = organisations.find((one) => one.id === bankId)?.name ?? bankId;
        const issued = await services.banks.admit({
          bankId,
          name,
          feedUserId: `${bankId}-feed`,
          admittedBy: 'sysadmin',
        });
        await services.banks.activateKey(bankId, issued.keyId, 'secadmin');
        return { bankId, name, hmacSecret: issued.secret ?? '' };
      }),
    ),
  );
}

/** The invented CNAPS number of a demonstration bank, with its check digit. */
export function bankNoOf(bankId: string): string {
  const digits = bankId === banks.investor ? '98870100001' : '98870100002';
  return `${digits}${checkDigit(digits)}`;
}

async function together<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const waiting = items.values();
  const lane = async (): Promise<void> => {
    for (const item of waiting) await work(item);
  };
  await Promise.all(Array.from({ length: abreast }, lane));
}
