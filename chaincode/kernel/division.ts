/** Administrative divisions: codes of 2, 4, 6 or 9 digits, where a longer code lies inside each of its prefixes. */

/** Whether `division` lies inside `scope` (or is it): 52 covers 5226, 522634 and 522634104. */
export function covers(scope: string, division: string): boolean {
  return /^(\d{2}|\d{4}|\d{6}|\d{9})$/.test(scope) && division.startsWith(scope);
}

/** The county (6 digits) of a township code (9 digits). */
export function countyOf(townshipCode: string): string {
  return townshipCode.slice(0, 6);
}

/** The prefecture (4 digits) of a county or township code. */
export function prefectureOf(division: string): string {
  return division.slice(0, 4);
}
