/** From FUND, CALL and CALENDAR writes to the documents of funds, calls and working calendars. */
import type { Fund, FundCall, WorkingCalendar } from '#kernel/records/fund.ts';
import { derivedFields, distinct } from '../read-model/derived.ts';
import type { Stamp } from '../read-model/derived.ts';
import type { ProjectionFacts } from '../read-model/facts.ts';
import type { CalendarDoc, FundCallDoc, FundDoc } from './fund.schema.ts';

/** A fund as it stands after a write; its division is that of the province's payer. */
export function projectFund(id: string, record: Fund, stamp: Stamp, facts: ProjectionFacts): FundDoc {
  return {
    ...derivedFields(id, stamp, record.proposed.at),
    division: facts.divisionOf(record.provinceOrgId) ?? '',
    parties: distinct([
      record.provinceOrgId,
      record.vehicleOrgId,
      record.proposed.orgId,
      ...record.banks.map((bank) => bank.orgId),
    ]),
    name: record.name,
    state: record.state,
    fiscalShareBp: record.fiscalShareBp,
    vehicleOrgId: record.vehicleOrgId,
    provinceOrgId: record.provinceOrgId,
    record,
  };
}

/** A call as it stands after a write; its division is the proposer's. */
export function projectCall(id: string, record: FundCall, stamp: Stamp, facts: ProjectionFacts): FundCallDoc {
  return {
    ...derivedFields(id, stamp, record.proposed.at),
    division: facts.divisionOf(record.proposed.orgId) ?? '',
    parties: distinct([record.proposed.orgId, record.confirmed?.orgId]),
    callId: record.id,
    fundId: record.fundId,
    title: record.title,
    state: record.state,
    limitFen: BigInt(record.limitFen),
    opensOn: record.opensOn,
    closesOn: record.closesOn,
    record,
  };
}

/** A year's working calendar as it stands after a write. */
export function projectCalendar(id: string, record: WorkingCalendar, stamp: Stamp): CalendarDoc {
  return {
    ...derivedFields(id, stamp, record.proposed.at),
    year: record.year,
    notice: record.notice,
    state: record.state,
    record,
  };
}
