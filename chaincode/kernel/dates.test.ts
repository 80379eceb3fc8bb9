/** Tests of calendar dates against the platform's own UTC arithmetic, and of working days. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addDays,
  beijingDate,
  daysBetween,
  isWorkingDay,
  rollToWorkingDay,
  workingDaysBetween,
} from './dates.ts';

const goldenWeek = [
  { date: '2026-10-01', kind: 'holiday' },
  { date: '2026-10-02', kind: 'holiday' },
  { date: '2026-10-10', kind: 'workday' },
] as const;

test('adding days agrees with UTC arithmetic over 60 years, and back again', () => {
  for (let day = 0; day < 60 * 366; day += 13) {
    const expected = new Date(Date.UTC(1999, 0, 1) + day * 86_400_000).toISOString().slice(0, 10);
    assert.equal(addDays('1999-01-01', day), expected);
    assert.equal(addDays(expected, -day), '1999-01-01');
    assert.equal(daysBetween('1999-01-01', expected), day);
  }
});

test('text that is no date is refused', () => {
  for (const text of ['2026-02-29', '2026-13-01', '2026-00-10', '2026-1-1', '20260101', '']) {
    assert.throws(() => addDays(text, 0), RangeError, text);
  }
});

test('weekends rest, the calendar has the last word', () => {
  assert.equal(isWorkingDay('2026-11-20', []), true);
  assert.equal(isWorkingDay('2026-11-21', []), false);
  assert.equal(isWorkingDay('2026-11-22', []), false);
  assert.equal(isWorkingDay('1969-12-28', []), false);
  assert.equal(isWorkingDay('2026-10-01', goldenWeek), false);
  assert.equal(isWorkingDay('2026-10-10', goldenWeek), true);
});

test('a deadline on a day of rest rolls to the next working day', () => {
  assert.equal(rollToWorkingDay('2026-11-20', []), '2026-11-20');
  assert.equal(rollToWorkingDay('2026-11-21', []), '2026-11-23');
  assert.equal(rollToWorkingDay('2026-10-01', goldenWeek), '2026-10-05');
});

test('working days are counted without the first and with the last', () => {
  assert.equal(workingDaysBetween('2026-11-20', '2026-11-20', []), 0);
  assert.equal(workingDaysBetween('2026-11-20', '2026-11-23', []), 1);
  assert.equal(workingDaysBetween('2026-11-23', '2026-11-20', []), 0);
  assert.equal(workingDaysBetween('2026-09-30', '2026-10-10', goldenWeek), 6);
});

test('Beijing is eight hours ahead', () => {
  assert.equal(beijingDate(Date.UTC(2026, 10, 20, 15, 59, 59, 999)), '2026-11-20');
  assert.equal(beijingDate(Date.UTC(2026, 10, 20, 16, 0, 0)), '2026-11-21');
  assert.equal(beijingDate(Date.UTC(2026, 11, 31, 16, 0, 0)), '2027-01-01');
});
