/** Filters by place that lists of projects, drafts and approvals share: township by name, division by prefix. */
import { t } from '../messages/index.ts';
import { townshipsInSight } from '../models/division/townships-in-sight.ts';
import type { Person } from '../models/member/person.ts';
import type { ListFilter } from './list.ts';

/** The townships a person can meet in a list of projects or drafts, as a filter. */
export function townshipFilter(person: Person): ListFilter {
  return {
    name: 'township',
    label: t('projects.township'),
    choices: townshipsInSight(person).map((one) => ({
      value: one.townshipCode,
      text: `${one.county} ${one.township}`,
    })),
  };
}

/** The conditions of `township` and `division` as they stand in the address. */
export function ofPlace(values: Readonly<Record<string, string>>): Record<string, unknown> {
  const { township = '', division = '' } = values;
  return {
    ...(township === '' ? {} : { townshipCode: township }),
    ...(/^\d{2,9}$/.test(division) ? { divisions: below(division) } : {}),
  };
}

/** A whole code is looked up; a part of one is the beginning of many. */
function below(division: string): string | RegExp {
  return [2, 4, 6, 9].includes(division.length) ? division : new RegExp(`^${division}`);
}
