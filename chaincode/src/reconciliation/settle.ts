/** Deciding a registered leg and carrying the decision out: states, alerts, transfer, then the legs that waited for it. */
import { decide } from '#kernel/decide.ts';
import type { Decision, DecideInput } from '#kernel/decide.ts';
import type { CheckResult } from '#kernel/records/draft.ts';
import { keyParts } from '#kernel/records/keys.ts';
import type { Registration } from '#kernel/records/reconciliation.ts';
import { ruleOfCheck } from '../alert/alert-texts.ts';
import { transfer } from '../draft/transfer.ts';
import { emitLeg, partiesOf, placeIn } from './book.ts';
import type { Book, Movement, Place } from './book.ts';
import { attachWaitingReceipts } from './receipts.ts';
import { applyReturns } from './returns.ts';

/** Raised whenever `decide` or the way its verdicts are carried out changes; kept with every decision. */
export const ruleVersion = 1;

const decidable = ['REGISTERED', 'WAITING_PREDECESSOR', 'MISMATCH'];

/** Decides the leg's registration against the flow it is paired with, unless it is settled already. */
export async function settle(book: Book, place: Place): Promise<void> {
  const { progress } = place;
  if (!decidable.includes(progress.state)) return;
  const registration = await book.registrationOf(place);
  if (registration === null) return;
  const movement = progress.flowKey === null ? null : await book.movement(progress.flowKey);
  const decision = decide(inputOf(place, registration, movement));
  await carryOut(book, { place, registration, movement, decision });
}

interface Decided {
  readonly place: Place;
  readonly registration: Registration;
  readonly movement: Movement | null;
  readonly decision: Decision;
}

function inputOf(place: Place, registration: Registration, movement: Movement | null): DecideInput {
  const { draft, leg, progress } = place;
  const base = { draft, leg, registration };
  if (movement === null) return { ...base, flow: null, allocations: [] };
  const { draftId, legId, state, status } = movement.outcome;
  const given = (state === 'MATCHED' || state === 'RETURNED') && draftId !== null && legId !== null;
  const met = progress.state === 'MISMATCH' ? progress.checks : [];
  const held = met.filter((line) => line.name === 'milestone' && isFailure(line));
  return {
    ...base,
    flow: movement.flow,
    flowStatus: status,
    allocations: given ? [{ draftId, legId }] : [],
    heldFailures: held.map((line) => line.name),
    accepted: progress.accepted ?? [],
  };
}

async function carryOut(book: Book, decided: Decided): Promise<void> {
  const { place, registration, movement, decision } = decided;
  const before = fingerprint(place, movement);
  const states = statesOf(decision);
  place.progress.state = states.leg;
  place.progress.checks = [...decision.checks];
  registration.state = states.registration;
  registration.flowKey = movement?.key ?? null;
  if (movement !== null) {
    const { resultCodes, checks } = decision;
    const belongs = { draftId: place.draft.DraftID, legId: place.leg.legId };
    const found = { state: states.flow, resultCodes: [...resultCodes], checks: [...checks] };
    Object.assign(movement.outcome, belongs, found);
  }
  if (before === fingerprint(place, movement)) return;
  stamp(book, decided);
  await alertFailures(book, decided);
  if (decision.verdict === 'MATCHED' && movement !== null) await advance(book, place, registration, movement);
  else emitLeg(book, eventOfState[states.leg], place, movement?.key ?? null);
}

/** What a decision may change; the same before and after means there is nothing to write or tell. */
function fingerprint({ progress }: Place, movement: Movement | null): string {
  return `${progress.state} ${movement?.outcome.state ?? ''} ${JSON.stringify(progress.checks)}`;
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

async function advance(
  book: Book,
  place: Place,
  registration: Registration,
  movement: Movement,
): Promise<void> {
  const { draft, leg, progress } = place;
  const { flow, key, outcome } = movement;
  const people = { registeredBy: registration.registered.by, ingestedBy: outcome.ingested.by };
  transfer(draft, { leg, progress, flow, flowKey: key, ...people, act: book.act });
  const allocation = { legId: leg.legId, amountFen: flow.amountFen };
  // The flow's outcome, read in this transaction, already says that nobody else has it.
  book.tx.put('ALLOC', keyParts.ALLOC(draft.DraftID, key), allocation);
  emitLeg(book, 'leg.matched', place, key);
  await applyReturns(book, movement);
  await attachWaitingReceipts(book, place, flow);
  await settleDependants(book, place);
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
  if (decision.verdict === 'PENDING') return;
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
