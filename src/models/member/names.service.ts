/** Names for ids on a page: organisations from the read model, people from their sign-in accounts. */
import { AccountModel } from '../account/account.schema.ts';
import type { ReadModels } from '../read-model/read-models.ts';

/** Looks names up; an unknown id stands for itself. */
export interface Names {
  org(id: string | null | undefined): string;
  person(id: string | null | undefined): string;
}

/** The names of everybody a page mentions, in two queries. */
export async function namesOf(
  models: Pick<ReadModels, 'organisation'>,
  ids: { orgs?: Iterable<string>; people?: Iterable<string> },
): Promise<Names> {
  const orgs = await models.organisation
    .find({ _id: { $in: [...new Set(ids.orgs ?? [])] } }, { name: 1 })
    .lean();
  const people = await AccountModel.find(
    { userId: { $in: [...new Set(ids.people ?? [])] } },
    { userId: 1, name: 1 },
  ).lean();
  const orgName = new Map(orgs.map((one) => [one._id, one.name]));
  const personName = new Map(people.map((one) => [one.userId, one.name]));
  return {
    org: (id) => orgName.get(id ?? '') ?? id ?? '—',
    person: (id) => personName.get(id ?? '') ?? id ?? '—',
  };
}
