/**
 * What a projection must know besides the record it shows: owners of accounts, divisions, names, the working calendar.
 * Learnt from the same writes in the same order, so that the read model is a function of the blocks alone.
 */
import type { CalendarDay } from '#kernel/dates.ts';
import type { Draft, Leg } from '#kernel/records/draft.ts';
import type { WorkingCalendar } from '#kernel/records/fund.ts';
import type { Account, Organisation } from '#kernel/records/member.ts';
import type { Project } from '#kernel/records/project.ts';
import type { Flow } from '#kernel/records/reconciliation.ts';

/** What is kept of a project. */
export interface ProjectFacts {
  readonly name: string;
  readonly townshipCode: string;
  readonly division: string;
  readonly applicantOrgId: string;
  readonly unitOrgId: string;
}

/** What projections read; `undefined` = the ledger has not said so up to this transaction. */
export interface ProjectionFacts {
  divisionOf(orgId: string): string | undefined;
  /** Whether an organisation is a leading office. */
  isOffice(orgId: string): boolean;
  /** Owner of an account; without a bank, the owner when only one organisation has that number. */
  ownerOf(account: string, bankId?: string): string | undefined;
  project(id: string): ProjectFacts | undefined;
  draft(id: string): Draft | undefined;
  /** The draft as it was before the transaction that is projected now. */
  draftBefore(id: string): Draft | undefined;
  flow(flowKey: string): Flow | undefined;
  /** Days of all working calendars in force. */
  calendarDays(): readonly CalendarDay[];
}

/** How many projects, drafts and flows each stay in memory between batches. */
const KEPT = 2000;

/** The facts as learnt so far. */
export class Facts implements ProjectionFacts {
  readonly #divisions = new Map<string, string>();
  readonly #offices = new Set<string>();
  readonly #owners = new Map<string, Map<string, string>>();
  readonly #calendars = new Map<string, readonly CalendarDay[]>();
  readonly #projects = new Map<string, ProjectFacts>();
  readonly #drafts = new Map<string, Draft>();
  readonly #draftsBefore = new Map<string, Draft>();
  readonly #flows = new Map<string, Flow>();
  readonly #everyLeg: boolean;
  #trimmed = false;

  /** @param options `everyLeg`: no draft counts as known before, so that a draft's write gives all its legs, changed or not */
  constructor(options: { readonly everyLeg?: boolean } = {}) {
    this.#everyLeg = options.everyLeg ?? false;
  }

  divisionOf(orgId: string): string | undefined {
    return this.#divisions.get(orgId);
  }

  isOffice(orgId: string): boolean {
    return this.#offices.has(orgId);
  }

  ownerOf(account: string, bankId?: string): string | undefined {
    const byBank = this.#owners.get(account);
    if (byBank === undefined) return undefined;
    if (bankId !== undefined) return byBank.get(bankId);
    const owners = new Set(byBank.values());
    return owners.size === 1 ? [...owners][0] : undefined;
  }

  project(id: string): ProjectFacts | undefined {
    return this.#projects.get(id);
  }

  draft(id: string): Draft | undefined {
    return this.#drafts.get(id);
  }

  draftBefore(id: string): Draft | undefined {
    return this.#everyLeg ? undefined : this.#draftsBefore.get(id);
  }

  /** Marks the begin of a transaction: what is learnt from now on, up to the next one, happens at once. */
  beginTransaction(): void {
    this.#draftsBefore.clear();
  }

  /** Forgets a draft that the ledger deleted. */
  forgetDraft(id: string): void {
    this.#drafts.delete(id);
  }

  flow(flowKey: string): Flow | undefined {
    return this.#flows.get(flowKey);
  }

  calendarDays(): readonly CalendarDay[] {
    return [...this.#calendars.values()].flat();
  }

  /** Learns one record of the ledger; types that no projection asks about are ignored. */
  learn(type: string, id: string, record: unknown): void {
    this.#learners[type]?.(id, record);
  }

  /** Whether nothing that was learnt has been forgotten; if all blocks were learnt, nothing need be loaded. */
  get isWhole(): boolean {
    return !this.#trimmed;
  }

  /** Forgets the oldest projects, drafts and flows beyond a bound; whoever asks for them loads them again. */
  trim(): void {
    for (const map of [this.#projects, this.#drafts, this.#flows]) {
      for (const key of map.keys()) {
        if (map.size <= KEPT) break;
        map.delete(key);
        this.#trimmed = true;
      }
    }
  }

  readonly #learners: Readonly<Record<string, (id: string, record: unknown) => void>> = {
    ORG: (id, record) => this.#learnOrganisation(id, record as Organisation),
    ACCOUNT: (_id, record) => this.#learnAccount(record as Account),
    CALENDAR: (id, record) => this.#learnCalendar(id, record as WorkingCalendar),
    PROJECT: (id, record) => this.#projects.set(id, projectFacts(record as Project)),
    DRAFT: (id, record) => this.#learnDraft(id, record as Draft),
    FLOW: (id, record) => this.#flows.set(id, record as Flow),
  };

  #learnOrganisation(id: string, { division, roles }: Organisation): void {
    this.#divisions.set(id, division);
    if (roles.includes('leading-office')) this.#offices.add(id);
  }

  #learnDraft(id: string, record: Draft): void {
    const before = this.#drafts.get(id);
    if (before !== undefined) this.#draftsBefore.set(id, before);
    this.#drafts.set(id, record);
  }

  #learnAccount(record: Account): void {
    const byBank = this.#owners.get(record.account) ?? new Map<string, string>();
    byBank.set(record.bankId, record.orgId);
    this.#owners.set(record.account, byBank);
  }

  #learnCalendar(year: string, record: WorkingCalendar): void {
    if (record.state === 'ACTIVE') this.#calendars.set(year, record.days);
  }
}

function projectFacts(record: Project): ProjectFacts {
  return {
    name: record.content.name,
    townshipCode: record.content.townshipCode,
    division: record.division,
    applicantOrgId: record.applicantOrgId,
    unitOrgId: record.content.unitOrgId,
  };
}

/** The organisations that a leg concerns: payer, payee and their banks. */
export function legParties(leg: Pick<Leg, 'payer' | 'payee'>): string[] {
  return [leg.payer.orgId, leg.payee.orgId, leg.payer.bankId, leg.payee.bankId];
}
