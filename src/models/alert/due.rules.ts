/** When an alert must be answered: so many working days after it was raised, by its level. */
import { addDays, beijingDate, isWorkingDay } from '#kernel/dates.ts';
import type { CalendarDay } from '#kernel/dates.ts';
import type { AlertLevel } from '#kernel/records/alert.ts';

/** Working days allowed for the answer, by level (domain notes 3.3, alert life). */
export const answerWorkingDays: Readonly<Record<AlertLevel, number>> = { red: 1, yellow: 3, reminder: 5 };

/** Last day for the answer in Beijing, and the instant at which that day ends. */
export interface Due {
  readonly dueOn: string;
  readonly dueAt: Date;
}

/**
 * When an alert is due.
 * @param raisedAt ISO 8601
 * @param calendar days that differ from Monday to Friday
 */
export function dueOf(level: AlertLevel, raisedAt: string, calendar: readonly CalendarDay[]): Due {
  let dueOn = beijingDate(Date.parse(raisedAt));
  for (let left = answerWorkingDays[level]; left > 0; left -= 1) {
    do dueOn = addDays(dueOn, 1);
    while (!isWorkingDay(dueOn, calendar));
  }
  return { dueOn, dueAt: new Date(`${dueOn}T23:59:59.999+08:00`) };
}
