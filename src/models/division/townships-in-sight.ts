/** The townships whose projects a person can meet. */
import type { Person } from '../member/person.ts';
import { scopeFilter } from '../member/scope.rules.ts';
import { townships, townshipsIn } from './townships.ts';

/** All of them for a party, which may have projects anywhere; else those of the person's own division. */
export function townshipsInSight(person: Person): typeof townships {
  return 'parties' in scopeFilter(person, 'project') ? townships : townshipsIn(person.division);
}
