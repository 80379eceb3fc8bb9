/** Calls for projects and the working calendar: proposed by the leading office, confirmed by the provincial finance department. */
import type { z } from 'zod';
import { yearOf } from '#kernel/dates.ts';
import type { FundCall, fundArgs, WorkingCalendar } from '#kernel/records/fund.ts';
import { keyParts } from '#kernel/records/keys.ts';
import { Refusal } from '../refusal.ts';
import { requireOtherPerson } from '../scope.ts';
import type { Tx } from '../tx.ts';
import { requireActiveFund } from './funds.ts';

/** Proposes a call of an active fund. */
export async function openCall(tx: Tx, args: z.infer<typeof fundArgs.openCall>): Promise<object> {
  const { requestId: _requestId, ...content } = args;
  await requireActiveFund(tx, content.fundId);
  if (content.closesOn < content.opensOn) throw new Refusal('INVALID_ARGUMENT', { reason: 'closesOn' });
  const record: FundCall = {
    ...content,
    state: 'PROPOSED',
    proposed: tx.act(),
    confirmed: null,
    closed: null,
  };
  await tx.create('CALL', keyParts.CALL(content.fundId, content.id), record);
  return answered(tx, 'fund.call-proposed', record);
}

/** Confirms a proposed call; applications may follow. */
export async function confirmCall(tx: Tx, args: z.infer<typeof fundArgs.confirmCall>): Promise<object> {
  const call = await tx.must('CALL', keyParts.CALL(args.fundId, args.id));
  if (call.state !== 'PROPOSED') throw new Refusal('WRONG_STATE', { callId: call.id, state: call.state });
  requireOtherPerson(tx.caller, [call.proposed]);
  const record: FundCall = { ...call, state: 'OPEN', confirmed: tx.act() };
  tx.put('CALL', keyParts.CALL(call.fundId, call.id), record);
  return answered(tx, 'fund.call-opened', record);
}

/** Closes a call: no further application; those under way go on. */
export async function closeCall(tx: Tx, args: z.infer<typeof fundArgs.closeCall>): Promise<object> {
  const call = await tx.must('CALL', keyParts.CALL(args.fundId, args.id));
  if (call.state === 'CLOSED') throw new Refusal('WRONG_STATE', { callId: call.id, state: call.state });
  const record: FundCall = { ...call, state: 'CLOSED', closed: tx.act() };
  tx.put('CALL', keyParts.CALL(call.fundId, call.id), record);
  return answered(tx, 'fund.call-closed', record);
}

/** Proposes the days of a year that differ from Monday to Friday, each once, all in that year. An active calendar goes on until the change is confirmed. */
export async function proposeCalendar(
  tx: Tx,
  args: z.infer<typeof fundArgs.proposeCalendar>,
): Promise<object> {
  const { requestId: _requestId, ...content } = args;
  const dates = content.days.map((day) => day.date);
  const right = dates.every((date) => yearOf(date) === content.year) && new Set(dates).size === dates.length;
  if (!right) throw new Refusal('INVALID_ARGUMENT', { reason: 'days' });
  const days = content.days.toSorted((a, b) => (a.date < b.date ? -1 : 1));
  const key = keyParts.CALENDAR(content.year);
  const before = await tx.get('CALENDAR', key);
  const record: WorkingCalendar =
    before?.state === 'ACTIVE'
      ? { ...before, change: { notice: content.notice, days, proposed: tx.act() } }
      : { ...content, days, state: 'PROPOSED', proposed: tx.act(), confirmed: null };
  tx.put('CALENDAR', key, record);
  tx.emit({ type: 'calendar.proposed', subject: { id: String(content.year) } });
  return { year: content.year, state: record.state };
}

/** Confirms a proposed calendar or its change. Deadlines that are frozen already stay as they are. */
export async function confirmCalendar(
  tx: Tx,
  args: z.infer<typeof fundArgs.confirmCalendar>,
): Promise<object> {
  const { change, ...calendar } = await tx.must('CALENDAR', keyParts.CALENDAR(args.year));
  if (calendar.state === 'ACTIVE' && change === undefined) {
    throw new Refusal('WRONG_STATE', { state: calendar.state });
  }
  const standing = { ...calendar, ...change };
  requireOtherPerson(tx.caller, [standing.proposed]);
  tx.put('CALENDAR', keyParts.CALENDAR(args.year), { ...standing, state: 'ACTIVE', confirmed: tx.act() });
  tx.emit({ type: 'calendar.confirmed', subject: { id: String(args.year) } });
  return { year: args.year, state: 'ACTIVE' };
}

function answered(tx: Tx, type: string, call: FundCall): object {
  tx.emit({ type, subject: { id: call.id } });
  return { fundId: call.fundId, callId: call.id, state: call.state };
}
