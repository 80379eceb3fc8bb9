/** What the editor of a plan offers: the confirmed accounts of each party, and the organisations that special rules may name. */
import { covers } from '#kernel/division.ts';
import type { Plan } from '#kernel/records/project.ts';
import type { ReadModels } from '../read-model/read-models.ts';
import type { Choice } from '../action/page-action.ts';
import { mask } from '../../views/format.ts';
import type { ProjectDoc } from './project.schema.ts';

/** A party of the plan with the accounts it may use. */
export interface PartyAccounts {
  readonly orgId: string;
  readonly name: string;
  readonly choices: readonly Choice[];
  /** The account that stands in the plan. */
  readonly chosen: string;
}

/** Everything beside the plan itself. */
export interface PlanEditor {
  readonly parties: readonly PartyAccounts[];
  readonly units: readonly Choice[];
  readonly approvers: readonly Choice[];
}

type Models = Pick<ReadModels, 'bankAccount' | 'organisation'>;
const approverRoles = ['leading-office', 'province-finance', 'local-finance', 'county-command'];

/** The editor's choices for a project and the plan as it stands. */
export async function planEditor(models: Models, project: ProjectDoc, plan: Plan): Promise<PlanEditor> {
  const ends = new Map(plan.legs.flatMap((leg) => [leg.payer, leg.payee]).map((end) => [end.orgId, end]));
  const organisations = await models.organisation.find({ state: 'ACTIVE' }, { record: 1, name: 1 }).lean();
  const nameOf = new Map(organisations.map((one) => [one._id, one.name]));
  const accounts = await models.bankAccount
    .find({ orgId: { $in: [...ends.keys()] }, state: 'CONFIRMED' })
    .sort({ createdAt: 1 })
    .lean();
  const asChoice = (one: { _id: string; name: string }): Choice => ({ value: one._id, text: one.name });
  return {
    parties: [...ends.values()].map((end) => ({
      orgId: end.orgId,
      name: nameOf.get(end.orgId) ?? end.orgId,
      chosen: `${end.bankId}~${end.account}`,
      choices: accounts
        .filter((one) => one.orgId === end.orgId)
        .map((one) => ({
          value: one._id,
          text: `${nameOf.get(one.bankId) ?? one.bankId} ${mask(one.account)} ${one.name}`,
        })),
    })),
    units: organisations
      .filter(
        ({ record }) => record.roles.includes('implementing-unit') && record.division === project.division,
      )
      .map(asChoice),
    approvers: organisations
      .filter(
        ({ record }) =>
          record.roles.some((role) => approverRoles.includes(role)) &&
          covers(record.division, project.division),
      )
      .map(asChoice),
  };
}
