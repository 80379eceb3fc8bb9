/** The administrators of a network on this machine, each with what the plan says of the organisation. */
import {
  adminParts,
  OrganisationAdmin,
  type AdminParts,
} from '../src/blockchain/channel-config/organisation-admin.ts';
import { absolutePaths } from '../src/blockchain/fabric/connection.ts';
import { connectionOf } from './connection-file.ts';
import type { NetworkPlan, OrganisationPlan } from './plan.ts';

/** An organisation's administrator at the organisation's own peer. */
export class AdminClient extends OrganisationAdmin {
  readonly organisation: OrganisationPlan;

  constructor(organisation: OrganisationPlan, parts: AdminParts) {
    super(parts);
    this.organisation = organisation;
  }
}

/** Opens every organisation's administrator, runs the work, and closes them whatever happens. */
export async function withAdmins<T>(
  plan: NetworkPlan,
  work: (admins: readonly AdminClient[]) => Promise<T>,
): Promise<T> {
  const { organisations, channel } = absolutePaths(connectionOf(plan), plan.folder);
  const admins = await Promise.all(
    plan.organisations.map(async (one) => {
      const found = organisations.find(({ mspId }) => mspId === one.mspId);
      if (!found) throw new Error(`no organisation ${one.mspId}`);
      return new AdminClient(one, await adminParts(found, channel));
    }),
  );
  try {
    return await work(admins);
  } finally {
    for (const admin of admins) admin.close();
  }
}
