/** Proposes a project's plan from what the read model knows: fund, confirmed accounts, calendar. The contract judges it again. */
import type { CalendarDay } from '#kernel/dates.ts';
import { proposePlan, type PlanAccounts } from '#kernel/plan.ts';
import { prefectureOf } from '#kernel/division.ts';
import type { AccountRef } from '#kernel/records/common.ts';
import type { Plan, Project } from '#kernel/records/project.ts';
import { DomainError } from '../kernel/errors.ts';
import type { ReadModels } from '../read-model/read-models.ts';

type Models = Pick<ReadModels, 'fund' | 'bankAccount' | 'organisation' | 'calendar'>;

/** Proposes the plan of a project from its fund, its parties' accounts and the calendar. */
export class PlanningService {
  readonly #models: Models;

  constructor(models: Models) {
    this.#models = models;
  }

  /**
   * The default plan of a project issued on a date (Beijing).
   * @param chosen by organisation the id of the account it shall use; of the others the first confirmed one is taken
   * @throws DomainError NO_FUND, NO_ORGANISATION, NO_ACCOUNT naming what is missing
   */
  async propose(
    project: Pick<Project, 'division' | 'content'>,
    issuedOn: string,
    chosen: Readonly<Record<string, string>> = {},
  ): Promise<Plan> {
    const account = async (orgId: string): Promise<AccountRef> => this.#account(orgId, chosen[orgId]);
    const fund = (await this.#models.fund.findById(project.content.fundId).lean())?.record;
    if (fund === undefined)
      throw new DomainError('NO_FUND', 'the fund is not there', { fundId: project.content.fundId });
    const local = fund.localLevel === 'city' ? prefectureOf(project.division) : project.division;
    const bankIds = fund.banks.map((bank) => bank.orgId);
    const bankAccounts = await Promise.all(
      bankIds.map(async (orgId) => [orgId, await account(orgId)] as const),
    );
    const accounts: PlanAccounts = {
      province: await account(fund.provinceOrgId),
      local: await account(await this.#organisation('local-finance', local)),
      banks: Object.fromEntries(bankAccounts),
      vehicle: await account(fund.vehicleOrgId),
      county: await account(await this.#organisation('county-fund-company', project.division)),
      unit: await account(project.content.unitOrgId),
    };
    return proposePlan({ project, fund, accounts, issuedOn, calendar: await this.calendar() });
  }

  /** Every day that differs from the ordinary week, of the calendars in force. */
  async calendar(): Promise<CalendarDay[]> {
    const active = await this.#models.calendar.find({ state: 'ACTIVE' }).lean();
    return active.flatMap((one) => one.record.days);
  }

  async #organisation(role: string, division: string): Promise<string> {
    const found = await this.#models.organisation
      .findOne({ roles: role, division, state: 'ACTIVE' })
      .sort({ createdAt: 1 })
      .lean();
    if (found === null)
      throw new DomainError('NO_ORGANISATION', `no ${role} in ${division}`, { role, division });
    return found._id;
  }

  async #account(orgId: string, id?: string): Promise<AccountRef> {
    const found = await this.#models.bankAccount
      .findOne({ orgId, state: 'CONFIRMED', ...(id === undefined ? {} : { _id: id }) })
      .sort({ createdAt: 1 })
      .lean();
    if (found === null) throw new DomainError('NO_ACCOUNT', `no confirmed account of ${orgId}`, { orgId });
    const { bankId, bankNo, account, name } = found.record;
    return { orgId, bankId, bankNo, account, name };
  }
}
