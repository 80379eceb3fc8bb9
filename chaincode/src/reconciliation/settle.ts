/** Deciding a registered leg and carrying the decision out: states, alerts, transfer, then the legs that waited for it. */
import { decideList } from '#kernel/decide.ts';
import type { Allocation, Decision, DecideInput } from '#kernel/decide.ts';
import type { CheckResult } from '#kernel/records/draft.ts';
import type { Registration } from '#kernel/records/reconciliation.ts';
import { ruleOfCheck } from '../alert/alert-texts.ts';
import { transfer } from '../draft/transfer.ts';
import { allocate } from './allocation.ts';
import { batchOf } from './batch.ts';
import { emitLeg, partiesOf, placeIn } from './book.ts';
import type { Book, Movement, Place } from './book.ts';
import { attachWaitingReceipts } from './receipts.ts';
import { applyReturns } from './returns.ts';

/** Raised whenever `decide` or the way its verdicts are carried out changes; kept with every decision. */
export const ruleVersion = 2;

const decidable = ['REGISTERED', 'WAITING_PREDECESSOR', 'MISMATCH'];

/**
 * Decides the leg's registration against the flow it is paired with, unless it is settled already. A registration with an
 * allocation list is decided and carried out for all of its legs at once.
 */
export async function settle(book: Book, place: Place): Promise<void> {
  const { progress } = place;
  if (!decidable.includes(progress.state)) return;
  const registration = await book.registrationOf(place);
  if (registration === null) return;
  const movement = progress.flowKey === null ? null : await book.movement(progress.flowKey);
  const places = await book.companions(place, registration);
  const batch = movement === null ? undefined : await batchOf(book, movement);
  const inputs = places.map((one) => inputOf(one, registration, movement, batch));
  const decisions = decideList(inputs);
  const decided: Decided[] = [];
  for (const [at, one] of places.entries()) {
    const decision = decisions[at];
    const own = await book.registrationOf(one);
    // A leg that was cancelled meanwhile fails the list, but keeps its own state.
    if (decision === undefined || own === null || !decidable.includes(one.progress.state)) continue;
    decided.push({ place: one, registration: own, movement, decision });
  }
  await carryOut(book, decided, movement);
}

interface Decided {
  readonly place: Place;
  readonly registration: Registration;
  readonly movement: Movement | null;
  readonly decision: Decision;
}

function inputOf(
  place: Place,
  registration: Registration,
  movement: Movement | null,
  batch: DecideInput['batch'],
): DecideInput {
  const { draft, leg, progress } = place;
  const base = { draft, leg, registration };
  if (movement === null) return { ...base, flow: null, allocations: [] };
  const met = progress.state === 'MISMATCH' ? progress.checks : [];
  const held = met.filter((line) => line.name === 'milestone' && isFailure(line));
  return {
    ...base,
    flow: movement.flow,
    flowStatus: movement.outcome.status,
    allocations: allocationsOf(movement),
    heldFailures: held.map((line) => line.name),
    accepted: progress.accepted ?? [],
    ...(progress.share === undefined ? {} : { share: progress.share }),
    ...(batch === undefined ? {} : { batch }),
  };
}

/** The legs that have the money of a flow already. */
export function allocationsOf({ outcome }: Movement): Allocation[] {
  const { draftId, legId, state, parts } = outcome;
  if (state !== 'MATCHED' && state !== 'RETURNED') return [];
  if (parts !== undefined) return parts;
  return draftId === null || legId === null ? [] : [{ draftId, legId }];
}

async function carryOut(book: Book, decided: readonly Decided[], movement: Movement | null): Promise<void> {
  const [first] = decided;
  if (first === undefined) return;
  const before = fingerprint(decided, movement);
  for (const one of decided) write(one);
  if (movement !== null) tellFlow(movement, first, decided);
  if (before === fingerprint(decided, movement)) return;
  for (const one of decided) stamp(book, one);
  for (const one of decided) await alertFailures(book, one);
  if (first.decision.verdict === 'MATCHED' && movement !== null) await advance(book, decided, movement);
  else for (const one of decided) tell(book, one);
}

function write({ place, registration, movement, decision }: Decided): void {
  const states = statesOf(decision);
  place.progress.state = states.leg;
  place.progress.checks = [...decision.checks];
  registration.state = states.registration;
  registration.flowKey = movement?.key ?? null;
}

function tell(book: Book, { place, movement, decision }: Decided): void {
  emitLeg(book, eventOfState[statesOf(decision).leg], place, movement?.key ?? null);
}

/** Writes on the flow what was decided: of a list the checks of the leg that failed, else of the first. */
function tellFlow(
  { outcome }: Movement,
  { place, registration }: Decided,
  decided: readonly Decided[],
): void {
  const decisions = decided.map((one) => one.decision);
  const shown = decisions.find(isFailing) ?? decisions[0];
  if (shown === undefined) return;
  outcome.state = statesOf(shown).flow;
  outcome.resultCodes = [...new Set(decisions.flatMap((one) => one.resultCodes))];
  outcome.checks = [...shown.checks];
  outcome.draftId = registration.parts?.[0]?.draftId ?? place.draft.DraftID;
  outcome.legId = registration.parts?.[0]?.legId ?? place.leg.legId;
  if (registration.parts === undefined) delete outcome.parts;
  else outcome.parts = registration.parts;
}

/** Fails for a reason of its own, not only because another leg of the list fails. */
function isFailing({ checks }: Decision): boolean {
  return checks.some((line) => isFailure(line) && !(line.name === 'allocation' && line.expected === ''));
}

/** What a decision may change; the same before and after means there is nothing to write or tell. */
function fingerprint(decided: readonly Decided[], movement: Movement | null): string {
  const legs = decided.map(
    ({ place: { progress } }) => `${progress.state} ${JSON.stringify(progress.checks)}`,
  );
  const { state = '', draftId = '', legId = '', resultCodes = [] } = movement?.outcome ?? {};
  return [...legs, state, draftId, legId, ...resultCodes].join(' ');
}

const eventOfState: Readonly<Record<Place['progress']['state'], string>> = {
  OPEN: 'leg.open',
  REGISTERED: 'leg.waiting',
  WAITING_PREDECESSOR: 'leg.waiting-predecessor',
  MATCHED: 'leg.matched',
  MISMATCH: 'leg.mismatch',
  RETURNED: 'leg.returned',
  CANCELLED: 'leg.cancelled',
};

/** What each verdict makes of leg, registration and flow; the leg of a match is set by `transfer`. */
function statesOf(decision: Decision): {
  leg: Place['progress']['state'];
  registration: Registration['state'];
  flow: Movement['outcome']['state'];
} {
  const { verdict } = decision;
  if (verdict === 'WAITING') return { leg: 'REGISTERED', registration: 'WAITING', flow: 'WAITING' };
  if (verdict === 'PENDING') return { leg: 'REGISTERED', registration: 'WAITING', flow: 'PENDING' };
  return { leg: verdict, registration: verdict, flow: verdict };
}

function stamp(book: Book, { place, registration, movement }: Decided): void {
  place.progress.decided = book.act;
  book.touchDraft(place.draft);
  book.touchRegistration(registration);
  if (movement === null) return;
  movement.outcome.decided = book.act;
  movement.outcome.ruleVersion = ruleVersion;
  book.touchFlow(movement.key);
}

/** Moves every leg of the registration in this one transaction. */
async function advance(book: Book, decided: readonly Decided[], movement: Movement): Promise<void> {
  const { flow, key, outcome } = movement;
  for (const { place, registration } of decided) {
    const { draft, leg, progress } = place;
    const people = { registeredBy: registration.registered.by, ingestedBy: outcome.ingested.by };
    const amountFen = progress.share?.amountFen ?? flow.amountFen;
    const { manual } = progress;
    transfer(draft, { leg, progress, flow, flowKey: key, amountFen, manual, ...people, act: book.act });
    emitLeg(book, 'leg.matched', place, key);
  }
  for (const draft of new Set(decided.map(({ place }) => place.draft))) allocate(book, draft, key);
  await applyReturns(book, movement);
  const [first] = decided;
  if (first !== undefined) await attachWaitingReceipts(book, first.place, flow);
  for (const { place } of decided) await settleDependants(book, place);
}

/** Legs that wait for this one, in the order of the plan: a good pair advances, a wrong one learns its order check. */
async function settleDependants(book: Book, { draft, leg }: Place): Promise<void> {
  for (const next of draft.PlanPath.filter((one) => one.dependsOn.includes(leg.legId))) {
    const place = placeIn(draft, next.legId);
    if (place !== null && place.progress.flowKey !== null) await settle(book, place);
  }
}

async function alertFailures(book: Book, { place, movement, decision }: Decided): Promise<void> {
  const failures = decision.checks.filter((line) => isFailure(line) && decision.verdict === 'MISMATCH');
  const warnings = decision.checks.filter(
    (line) => !line.ok && line.severity === 'warn' && line.name !== 'order',
  );
  if (decision.verdict === 'PENDING' || (failures.length > 0 && !isFailing(decision))) return;
  const rules = new Set([...failures, ...warnings].map((line) => ruleOfCheck[line.name]));
  for (const rule of rules) {
    await book.alert({
      rule,
      level: rule === 'A11' ? 'yellow' : 'red',
      subject: subjectOf(place, movement),
      division: place.draft.division,
      responsibleOrgId: place.leg.payer.orgId,
      parties: partiesOf(place.draft),
      resultCodes: decision.resultCodes,
      checks: decision.checks.filter((line) => !line.ok),
    });
  }
}

/** What an alert about a leg and its flow names. */
export function subjectOf(
  { draft, leg, progress }: Place,
  movement: Movement | null,
): {
  draftId: string;
  legId: string;
  projectId: string;
  flowKey: string | null;
  serialNo: string | null;
} {
  return {
    draftId: draft.DraftID,
    legId: leg.legId,
    projectId: draft.ProjectID,
    flowKey: movement?.key ?? null,
    serialNo: progress.serialNo,
  };
}

function isFailure(line: CheckResult): boolean {
  return !line.ok && line.severity === 'fail';
}
