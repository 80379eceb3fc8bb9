/** The working set of one reconciliation: each record read once, changed in memory, asserted and written once at the end. */
import { assertConserved } from '#kernel/conservation.ts';
import { standingOf } from '#kernel/draft-status.ts';
import type { Act } from '#kernel/records/common.ts';
import type { Draft, Leg, LegProgress } from '#kernel/records/draft.ts';
import { keyParts } from '#kernel/records/keys.ts';
import type { SerialOfDay } from '#kernel/records/keys.ts';
import type { Flow, FlowOutcome, Registration } from '#kernel/records/reconciliation.ts';
import { raise } from '../alert/raise.ts';
import type { Raise } from '../alert/raise.ts';
import { Refusal } from '../refusal.ts';
import type { Tx } from '../tx.ts';

/** A leg of a draft with its plan and its progress. */
export interface Place {
  readonly draft: Draft;
  readonly leg: Leg;
  readonly progress: LegProgress;
}

/** A flow with what became of it. */
export interface Movement {
  readonly key: string;
  readonly flow: Flow;
  readonly outcome: FlowOutcome;
}

/** Records of one transaction by key. `save` writes what was touched; nothing else here writes. */
export class Book {
  readonly tx: Tx;
  readonly act: Act;
  readonly alertIds: string[] = [];
  readonly #drafts = new Map<string, Draft | null>();
  readonly #movements = new Map<string, Movement | null>();
  readonly #registrations = new Map<string, Registration | null>();
  readonly #touched = new Set<string>();

  constructor(tx: Tx) {
    this.tx = tx;
    this.act = tx.act();
  }

  async draft(draftId: string): Promise<Draft | null> {
    const held = this.#drafts.get(draftId);
    if (held !== undefined) return held;
    const read = await this.tx.get('DRAFT', keyParts.DRAFT(draftId));
    this.#drafts.set(draftId, read);
    return read;
  }

  /** A leg with its progress, null when the draft or the leg does not exist. */
  async place(draftId: string, legId: string): Promise<Place | null> {
    const draft = await this.draft(draftId);
    return draft === null ? null : placeIn(draft, legId);
  }

  async movement(key: string): Promise<Movement | null> {
    const held = this.#movements.get(key);
    if (held !== undefined) return held;
    const parts = key.split('~');
    const flow = await this.tx.get('FLOW', parts);
    const outcome = flow === null ? null : await this.tx.get('FLOWSTATE', parts);
    const read = flow === null || outcome === null ? null : { key, flow, outcome };
    this.#movements.set(key, read);
    return read;
  }

  /** A flow that `movement` did not find: content and index are written at once, its outcome by `save`. */
  bring(movement: Movement): void {
    const { flow, key } = movement;
    this.tx.put('FLOW', keyParts.FLOW(flow), flow);
    this.tx.put('FLOWIDX', keyParts.FLOWIDX(flow), { flowKey: key });
    this.#movements.set(key, movement);
    this.touchFlow(key);
  }

  async registration(draftId: string, legId: string, serial: SerialOfDay): Promise<Registration | null> {
    const parts = keyParts.REG({ ...serial, draftId, legId });
    const id = parts.join('~');
    const held = this.#registrations.get(id);
    if (held !== undefined) return held;
    const read = await this.tx.get('REG', parts);
    this.#registrations.set(id, read);
    return read;
  }

  /** The registration that a leg's progress names now. */
  async registrationOf({ draft, progress }: Place): Promise<Registration | null> {
    const { legId, serialNo, bookingDate, subIndex } = progress;
    if (serialNo === null || bookingDate === null) return null;
    return this.registration(draft.DraftID, legId, { serialNo, bookingDate, subIndex });
  }

  /** Every leg that stands on a registration: one, or all of its allocation list, the given one among them. */
  async companions(place: Place, registration: Registration): Promise<Place[]> {
    if (registration.parts === undefined) return [place];
    const places: Place[] = [];
    for (const { draftId, legId } of registration.parts) {
      const one = await this.place(draftId, legId);
      if (one !== null) places.push(one);
    }
    return places;
  }

  touchDraft(draft: Draft): void {
    this.#touched.add(`DRAFT~${draft.DraftID}`);
  }

  touchFlow(key: string): void {
    this.#touched.add(`FLOW~${key}`);
  }

  /** Holds a new or changed registration for writing. */
  touchRegistration(registration: Registration): void {
    const id = keyParts.REG(registration).join('~');
    this.#registrations.set(id, registration);
    this.#touched.add(`REG~${id}`);
  }

  /** Raises an alert and keeps its id for the answer. */
  async alert(input: Raise): Promise<void> {
    const { id } = await raise(this.tx, input);
    if (!this.alertIds.includes(id)) this.alertIds.push(id);
  }

  /** Writes everything touched. @throws Error when money is not conserved */
  save(): void {
    for (const draft of this.#drafts.values()) {
      if (draft !== null && this.#touched.has(`DRAFT~${draft.DraftID}`)) this.#saveDraft(draft);
    }
    for (const [key, movement] of this.#movements) {
      if (movement === null || !this.#touched.has(`FLOW~${key}`)) continue;
      this.tx.put('FLOWSTATE', key.split('~'), movement.outcome);
    }
    for (const [id, registration] of this.#registrations) {
      if (registration !== null && this.#touched.has(`REG~${id}`))
        this.tx.put('REG', id.split('~'), registration);
    }
    this.#touched.clear();
  }

  /** Brings status, circulation and holder up to what the legs say, and tells of a new status. */
  restand(draft: Draft): void {
    const before = draft.Status;
    Object.assign(draft, standingOf(draft));
    if (draft.Status === before) return;
    const subject = { draftId: draft.DraftID, projectId: draft.ProjectID };
    this.tx.emit({ type: 'draft.status', subject, orgIds: partiesOf(draft), division: draft.division });
  }

  #saveDraft(draft: Draft): void {
    this.restand(draft);
    assertConserved(draft);
    this.tx.put('DRAFT', keyParts.DRAFT(draft.DraftID), draft);
  }
}

/** A leg of a draft at hand, null when there is none of that id. */
export function placeIn(draft: Draft, legId: string): Place | null {
  const leg = draft.PlanPath.find((one) => one.legId === legId);
  const progress = draft.legs.find((one) => one.legId === legId);
  return leg === undefined || progress === undefined ? null : { draft, leg, progress };
}

/** @throws Refusal NOT_FOUND */
export async function mustPlace(book: Book, draftId: string, legId: string): Promise<Place> {
  const place = await book.place(draftId, legId);
  if (place === null) throw new Refusal('NOT_FOUND', { draftId, legId });
  return place;
}

/** Every organisation in a draft: issuer, payers, payees. */
export function partiesOf(draft: Pick<Draft, 'InstructionID' | 'PlanPath'>): string[] {
  const orgIds = draft.PlanPath.flatMap((leg) => [leg.payer.orgId, leg.payee.orgId]);
  return [...new Set([draft.InstructionID, ...orgIds])];
}

/** Emits an event about a leg to its two ends, their banks and the issuer. */
export function emitLeg(book: Book, type: string, place: Place, flowKey: string | null): void {
  const { draft, leg } = place;
  const orgIds = [leg.payer.orgId, leg.payee.orgId, leg.payer.bankId, leg.payee.bankId, draft.InstructionID];
  const subject = { draftId: draft.DraftID, legId: leg.legId, projectId: draft.ProjectID };
  book.tx.emit({
    type,
    subject: flowKey === null ? subject : { ...subject, flowKey },
    orgIds: [...new Set(orgIds)],
    division: draft.division,
  });
}
