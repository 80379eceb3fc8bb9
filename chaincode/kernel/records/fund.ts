/** Funds, their calls and the working calendar as the `fund` contract keeps them. Changes take two organisations: 省领导小组办公室 proposes, 省财政厅 confirms. */
import { z } from 'zod';
import { act, dateText, idText, opinionText, positiveFenText, requestId } from './common.ts';

const share = z.int().min(0).max(10_000);

export const fund = z.object({
  id: idText,
  name: z.string().min(1).max(100),
  /** Fiscal share of the whole in basis points: 1000 = 10 %; 10000 = a fund without bank money. */
  fiscalShareBp: share,
  /** Weights of the fiscal part: province to local, for example 4 : 6. */
  provinceWeight: z.int().min(0).max(100),
  localWeight: z.int().min(0).max(100),
  /** Which local finance bureau pays the local part: the prefecture's (4-digit division) or the county's. */
  localLevel: z.enum(['city', 'county']),
  /** The banks and the weights by which they share the bank part; empty when fiscalShareBp is 10000. */
  banks: z.array(z.object({ orgId: idText, weight: z.int().min(1).max(100) })).max(10),
  provinceOrgId: idText,
  vehicleOrgId: idText,
  state: z.enum(['PROPOSED', 'ACTIVE', 'CLOSED']),
  proposed: act,
  confirmed: act.nullable(),
});
/** A fund with its shares. */
export type Fund = z.infer<typeof fund>;

export const call = z.object({
  id: idText,
  fundId: idText,
  title: z.string().min(1).max(100),
  limitFen: positiveFenText,
  opensOn: dateText,
  closesOn: dateText,
  state: z.enum(['PROPOSED', 'OPEN', 'CLOSED']),
  proposed: act,
  confirmed: act.nullable(),
  closed: act.nullable(),
});
/** A call for projects of a fund. */
export type FundCall = z.infer<typeof call>;

const calendarDays = z.array(z.object({ date: dateText, kind: z.enum(['holiday', 'workday']) })).max(120);
/** Days that differ from "Monday to Friday works": only with the State Council notice cited. */
export const calendar = z.object({
  year: z.int().min(2018).max(2100),
  notice: z.string().min(1).max(200),
  days: calendarDays,
  state: z.enum(['PROPOSED', 'ACTIVE']),
  proposed: act,
  confirmed: act.nullable(),
  /** A change that waits for its confirmation while the calendar above goes on. */
  change: z.object({ notice: z.string().min(1).max(200), days: calendarDays, proposed: act }).optional(),
});
export type WorkingCalendar = z.infer<typeof calendar>;

/** Arguments, by function. */
export const fundArgs = {
  create: fund.omit({ state: true, proposed: true, confirmed: true }).extend({ requestId }),
  confirm: z.object({ requestId, id: idText }),
  openCall: call
    .pick({ id: true, fundId: true, title: true, limitFen: true, opensOn: true, closesOn: true })
    .extend({ requestId }),
  confirmCall: z.object({ requestId, fundId: idText, id: idText }),
  closeCall: z.object({ requestId, fundId: idText, id: idText, reason: opinionText }),
  proposeCalendar: calendar.pick({ year: true, notice: true, days: true }).extend({ requestId }),
  confirmCalendar: z.object({ requestId, year: z.int() }),
  /** Pays back a settled draft's money: the fund vehicle proposes, the leading office confirms with the same arguments. */
  planExit: z.object({
    requestId,
    fundId: idText,
    draftId: z.string(),
    amountFen: positiveFenText,
    deadline: dateText,
    reason: opinionText,
  }),
};

/** What may be asked. */
export const fundQueryArgs = {
  query: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('fund'), id: idText }),
    z.object({ kind: z.literal('call'), fundId: idText, id: idText }),
    z.object({ kind: z.literal('calendar'), year: z.int() }),
  ]),
  list: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('funds') }),
    z.object({ kind: z.literal('calls'), fundId: idText }),
    z.object({ kind: z.literal('calendars') }),
  ]),
};
