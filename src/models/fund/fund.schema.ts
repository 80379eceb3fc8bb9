/** Read models of funds, their calls and the working calendars. */
import type { Fund, FundCall, WorkingCalendar } from '#kernel/records/fund.ts';
import type { Derived, OfRecord, Scoped } from '../read-model/derived.ts';
import { derivedSchema, fieldTypes as f, recordDefinition, scopeDefinition } from '../read-model/derived.ts';

/** A fund; `_id` is its id. Parties: the province's payer, the vehicle, the banks. */
export interface FundDoc extends Derived, Scoped, OfRecord<Fund> {
  readonly name: string;
  readonly state: Fund['state'];
  readonly fiscalShareBp: number;
  readonly vehicleOrgId: string;
  readonly provinceOrgId: string;
}

export const fundSchema = derivedSchema<FundDoc>('funds', {
  ...scopeDefinition,
  ...recordDefinition,
  name: f.text,
  state: f.text,
  fiscalShareBp: f.count,
  vehicleOrgId: f.text,
  provinceOrgId: f.text,
});
fundSchema.index({ state: 1, createdAt: -1 });
fundSchema.index({ parties: 1 });

/** A call of a fund; `_id` is fundId~callId. */
export interface FundCallDoc extends Derived, Scoped, OfRecord<FundCall> {
  readonly callId: string;
  readonly fundId: string;
  readonly title: string;
  readonly state: FundCall['state'];
  readonly limitFen: bigint;
  readonly opensOn: string;
  readonly closesOn: string;
}

export const fundCallSchema = derivedSchema<FundCallDoc>('fund_calls', {
  ...scopeDefinition,
  ...recordDefinition,
  callId: f.text,
  fundId: f.text,
  title: f.text,
  state: f.text,
  limitFen: f.fen,
  opensOn: f.text,
  closesOn: f.text,
});
fundCallSchema.index({ fundId: 1, createdAt: -1 });
fundCallSchema.index({ state: 1, closesOn: 1 });

/** The working calendar of a year; `_id` is the year in digits. */
export interface CalendarDoc extends Derived, OfRecord<WorkingCalendar> {
  readonly year: number;
  readonly notice: string;
  readonly state: WorkingCalendar['state'];
}

export const calendarSchema = derivedSchema<CalendarDoc>('calendars', {
  ...recordDefinition,
  year: f.count,
  notice: f.text,
  state: f.text,
});
calendarSchema.index({ year: 1 });
