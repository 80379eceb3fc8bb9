/** The bank's own clock, which can be set forward by days, and the dates of Beijing time that a bank books by. */

const DAY_MS = 86_400_000;
const BEIJING_MS = 8 * 3_600_000;

/** @returns the calendar date in Beijing, YYYY-MM-DD */
export function beijingDate(at: Date): string {
  return new Date(at.getTime() + BEIJING_MS).toISOString().slice(0, 10);
}

/** @returns the time of day in Beijing, HH:MM:SS */
export function beijingTime(at: Date): string {
  return new Date(at.getTime() + BEIJING_MS).toISOString().slice(11, 19);
}

/** @returns the date that lies so many days after another, both YYYY-MM-DD */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** @returns the moment that lies so many days after another */
export function shift(at: Date, days: number): Date {
  return new Date(at.getTime() + days * DAY_MS);
}
