/** Calendar dates as 'YYYY-MM-DD' text: arithmetic on integers, working days by the published calendar, Beijing dates. */

/** A day that differs from "Monday to Friday works". */
export interface CalendarDay {
  readonly date: string;
  readonly kind: 'holiday' | 'workday';
}

const beijingOffsetMs = 8 * 3600 * 1000;
const dayMs = 86_400_000;

/** The date `days` later (or earlier, when negative). @throws RangeError for text that is no date */
export function addDays(date: string, days: number): string {
  return dateOf(dayNumber(date) + days);
}

/** Days from one date to another; negative when `to` is earlier. */
export function daysBetween(from: string, to: string): number {
  return dayNumber(to) - dayNumber(from);
}

/** Whether people work on this date: the calendar's word first, else Monday to Friday. */
export function isWorkingDay(date: string, calendar: readonly CalendarDay[]): boolean {
  const listed = calendar.find((day) => day.date === date);
  if (listed !== undefined) return listed.kind === 'workday';
  // Day 0 of the count, 1970-01-01, was a Thursday; 0 = Sunday.
  const weekday = (((dayNumber(date) + 4) % 7) + 7) % 7;
  return weekday !== 0 && weekday !== 6;
}

/** The date itself when it is a working day, else the next one that is. */
export function rollToWorkingDay(date: string, calendar: readonly CalendarDay[]): string {
  let rolled = date;
  while (!isWorkingDay(rolled, calendar)) rolled = addDays(rolled, 1);
  return rolled;
}

/** How many working days lie after `from` up to and with `to`: 0 when `to` is not later. */
export function workingDaysBetween(from: string, to: string, calendar: readonly CalendarDay[]): number {
  const last = dayNumber(to);
  let count = 0;
  for (let day = dayNumber(from) + 1; day <= last; day += 1) {
    if (isWorkingDay(dateOf(day), calendar)) count += 1;
  }
  return count;
}

/** The calendar date in Beijing (UTC+8, no summer time) at an instant. @param ms milliseconds since the epoch, UTC */
export function beijingDate(ms: number): string {
  return dateOf(Math.floor((ms + beijingOffsetMs) / dayMs));
}

/** The year of a date. */
export function yearOf(date: string): number {
  return Number(date.slice(0, 4));
}

/** Days since 1970-01-01 in the Gregorian calendar (H. Hinnant, days_from_civil, public domain). */
function dayNumber(date: string): number {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date);
  if (match === null) throw new RangeError('not a calendar date');
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  const days = era * 146_097 + dayOfEra - 719_468;
  if (dateOf(days) !== date) throw new RangeError('not a calendar date');
  return days;
}

function dateOf(days: number): string {
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1;
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}
