/** The one decision about a planned payment, its registration and a bank flow: pure, shared by contracts, read model and tests. */
import { normalAccount, normalName } from './normal-form.ts';
import { firstPayments, isExitLeg } from './draft-status.ts';
import type { CheckResult, Draft, Leg } from './records/draft.ts';
import type { Flow, Registration } from './records/reconciliation.ts';

/** The parts of a draft that a decision reads. */
export type DecideDraft = Pick<
  Draft,
  'DraftID' | 'Status' | 'PlanPath' | 'ActualPath' | 'SpecialRule' | 'legs' | 'redemptions' | 'frozen'
>;

/** Money of the same flow that is already given to a leg. */
export interface Allocation {
  readonly draftId: string;
  readonly legId: string;
}

/** Everything a decision may look at; nothing else decides. */
export interface DecideInput {
  readonly draft: DecideDraft;
  readonly leg: Leg;
  readonly registration: Pick<Registration, 'serialNo' | 'bookingDate' | 'bankId' | 'account'> | null;
  readonly flow: Flow | null;
  /** What became of the flow since it was first seen; defaults to the status it came with. */
  readonly flowStatus?: 'BOOK' | 'PDNG' | 'DROPPED';
  readonly allocations: readonly Allocation[];
  /** What the leg takes of a transfer that pays several, and how much the list gives away altogether. */
  readonly share?: { readonly amountFen: string; readonly totalFen: string };
  /** Of a part of a batch entry: the amount of the line (null until it is there) and of all parts that are there. */
  readonly batch?: { readonly lineFen: string | null; readonly partsFen: string };
  /** Checks that two persons, not arrival, must settle: a milestone that was not accepted when the pair met stays failed. */
  readonly heldFailures?: readonly CheckResult['name'][];
  /** Checks that two persons accepted by name; only `deadline`, `order` and `milestone` can be. */
  readonly accepted?: readonly CheckResult['name'][];
}

/** Where a pair of registration and flow stands. */
export type Verdict = 'MATCHED' | 'MISMATCH' | 'WAITING' | 'WAITING_PREDECESSOR' | 'PENDING';

/** `resultCodes` are those of domain.md 2.2, failures first, warnings last. */
export interface Decision {
  readonly verdict: Verdict;
  readonly resultCodes: readonly string[];
  readonly checks: readonly CheckResult[];
}

/** Result code of a failed check, by its name. */
export const codeOfCheck: Readonly<Record<CheckResult['name'], string>> = {
  booked: 'NOT_BOOKED',
  direction: 'DIRECTION',
  serial: 'NO_FLOW',
  currency: 'CURRENCY_DIFF',
  payee: 'PAYEE_DIFF',
  payer: 'PAYER_DIFF',
  amount: 'AMOUNT_DIFF',
  allocation: 'ALLOCATION',
  batch: 'BATCH_DIFF',
  deadline: 'LATE',
  state: 'DRAFT_STATE',
  claim: 'DOUBLE_CLAIM',
  order: 'EARLY',
  milestone: 'MILESTONE',
  'payee-name': 'NAME_DIFF',
  'payer-name': 'NAME_DIFF',
};

const acceptable: readonly CheckResult['name'][] = ['deadline', 'order', 'milestone'];
const closedStatuses = ['FROZEN', 'TERMINATED', 'RECALLED', 'SETTLED'];

/**
 * Decides one pair. Every check that fails is reported, in the order of reconciliation.md 5 (end); a name alone only warns.
 * A pair whose only lack is a predecessor that is not proven yet waits; a flow that is not booked never advances.
 */
export function decide(input: DecideInput): Decision {
  const { registration, flow } = input;
  if (flow === null) return lone('NO_FLOW');
  if (registration === null) return lone('NO_REGISTRATION');
  const status = input.flowStatus ?? flow.status;
  if (status === 'DROPPED') return lone('NO_FLOW');
  if (isBatchOpen(input)) return lone('BATCH_OPEN');
  const order = orderCheck(input, flow);
  const checks = [
    check('booked', 'BOOK', status),
    ...contentChecks(input, registration, flow),
    ...stateChecks(input),
    order.check,
    ...milestoneChecks(input),
    ...nameChecks(input.leg, flow),
  ];
  return conclude(checks, status === 'PDNG', order.waiting);
}

/**
 * Decides one transfer for all legs of its allocation list: for all of them or for none. A leg that is right in itself fails
 * with the check `allocation` while another one of the list fails, and waits while another one waits.
 */
export function decideList(inputs: readonly DecideInput[]): Decision[] {
  const decisions = inputs.map(decide);
  const bad = decisions.findIndex(({ verdict }) => verdict === 'MISMATCH');
  if (bad >= 0) return decisions.map((one) => (one.verdict === 'MISMATCH' ? one : held(one, inputs[bad])));
  if (!decisions.some(({ verdict }) => verdict === 'WAITING_PREDECESSOR')) return decisions;
  return decisions.map((one) =>
    one.verdict === 'MATCHED'
      ? { ...one, verdict: 'WAITING_PREDECESSOR', resultCodes: waitingCodes(one) }
      : one,
  );
}

/** A leg of a list of which another leg failed. */
function held(decision: Decision, other: DecideInput | undefined): Decision {
  if (decision.verdict === 'WAITING' || decision.verdict === 'PENDING') return decision;
  const found = other === undefined ? '' : `${other.draft.DraftID}/${other.leg.legId}`;
  const line: CheckResult = { name: 'allocation', expected: '', found, ok: false, severity: 'fail' };
  const checks = decision.checks.map((one) => (one.name === 'allocation' ? line : one));
  return { verdict: 'MISMATCH', resultCodes: ['ALLOCATION'], checks };
}

function waitingCodes({ resultCodes }: Decision): string[] {
  return resultCodes.map((code) => (code === 'MATCHED' ? 'WAITING_PREDECESSOR' : code));
}

/** Until a batch is whole nobody knows which of its parts is right. */
function isBatchOpen({ batch }: DecideInput): boolean {
  return batch !== undefined && (batch.lineFen === null || BigInt(batch.partsFen) < BigInt(batch.lineFen));
}

function conclude(checks: readonly CheckResult[], pending: boolean, waiting: boolean): Decision {
  const warned = checks.filter((line) => !line.ok && line.severity === 'warn' && line.name !== 'order');
  const warnings = warned.length > 0 ? ['NAME_DIFF'] : [];
  if (pending) return { verdict: 'PENDING', resultCodes: ['NOT_BOOKED', ...warnings], checks };
  const failed = checks.filter((line) => !line.ok && line.severity === 'fail');
  if (failed.length > 0) {
    return { verdict: 'MISMATCH', resultCodes: [...failed.map(codeOf), ...warnings], checks };
  }
  const verdict = waiting ? 'WAITING_PREDECESSOR' : 'MATCHED';
  return { verdict, resultCodes: [verdict, ...warnings], checks };
}

function lone(code: string): Decision {
  return { verdict: 'WAITING', resultCodes: [code], checks: [] };
}

function codeOf(line: CheckResult): string {
  return codeOfCheck[line.name];
}

function check(name: CheckResult['name'], expected: string, found: string): CheckResult {
  return { name, expected, found, ok: expected === found, severity: 'fail' };
}

function contentChecks(
  input: DecideInput,
  registration: NonNullable<DecideInput['registration']>,
  flow: Flow,
): CheckResult[] {
  const { leg } = input;
  const claimed = `${registration.bankId} ${registration.bookingDate} ${registration.serialNo}`;
  return [
    check('direction', 'DBIT', flow.reversal ? `${flow.direction} reversal` : flow.direction),
    check('serial', claimed, `${flow.bankId} ${flow.bookingDate} ${flow.serialNo}`),
    check('currency', 'CNY', flow.currency),
    check('payee', normalAccount(leg.payee.account), normalAccount(flow.payee.account)),
    check('payer', normalAccount(leg.payer.account), normalAccount(flow.account)),
    amountCheck(input, flow),
    ...listChecks(input, flow),
    deadlineCheck(input, flow),
  ];
}

/** An allocation list gives away the whole transfer; the parts of a batch are the whole batch. */
function listChecks({ share, batch }: DecideInput, flow: Flow): CheckResult[] {
  return [
    ...(share === undefined ? [] : [check('allocation', flow.amountFen, share.totalFen)]),
    ...(batch === undefined ? [] : [check('batch', batch.lineFen ?? '', batch.partsFen)]),
    ...(flow.batch === true ? [check('batch', 'PART', 'LINE')] : []),
  ];
}

/** What the leg still lacks; with instalments anything up to it, otherwise exactly it. */
function amountCheck(input: DecideInput, flow: Flow): CheckResult {
  const progress = input.draft.legs.find((one) => one.legId === input.leg.legId);
  const open = BigInt(input.leg.amountFen) - BigInt(progress?.matchedFen ?? '0');
  const instalments = input.draft.SpecialRule.some((rule) => rule.type === 'instalments' && rule.allowed);
  const found = BigInt(input.share?.amountFen ?? flow.amountFen);
  const ok = found === open || (instalments && found < open);
  return { name: 'amount', expected: String(open), found: String(found), ok, severity: 'fail' };
}

/** By the bank's booking date alone; the whole of the deadline's day counts. */
function deadlineCheck(input: DecideInput, flow: Flow): CheckResult {
  const ok = flow.bookingDate <= input.leg.deadline || isAccepted(input, 'deadline');
  return { name: 'deadline', expected: input.leg.deadline, found: flow.bookingDate, ok, severity: 'fail' };
}

function stateChecks({ draft, leg, allocations }: DecideInput): CheckResult[] {
  const cancelled = draft.legs.some((one) => one.legId === leg.legId && one.state === 'CANCELLED');
  const closed = cancelled || (closedStatuses.includes(draft.Status) && !isExitLeg(draft, leg));
  const isOwn = allocations.some((one) => one.draftId === draft.DraftID && one.legId === leg.legId);
  const other = isOwn ? undefined : allocations[0];
  const own = `${draft.DraftID}/${leg.legId}`;
  return [
    check('state', 'OPEN', closed ? (cancelled ? 'CANCELLED' : draft.Status) : 'OPEN'),
    check('claim', own, other === undefined ? own : `${other.draftId}/${other.legId}`),
  ];
}

/**
 * Wrong order by booking date alone; the same day is in order. A predecessor counts from its first proven payment on, even
 * when that money came back later: what was paid in between was in order, and the order of arrival must not matter.
 */
function orderCheck(input: DecideInput, flow: Flow): { check: CheckResult; waiting: boolean } {
  const { draft, leg } = input;
  const first = firstPayments(draft);
  const missing = leg.dependsOn.filter((legId) => !first.has(legId));
  const dates = leg.dependsOn.flatMap((legId) => first.get(legId) ?? []).sort();
  const last = dates.at(-1) ?? '';
  const line = { name: 'order' as const, expected: last, found: flow.bookingDate };
  if (flow.bookingDate < last && !isAccepted(input, 'order')) {
    return { check: { ...line, ok: false, severity: 'fail' }, waiting: false };
  }
  if (missing.length === 0) return { check: { ...line, ok: true, severity: 'fail' }, waiting: false };
  const expected = [...missing].sort().join(' ');
  return { check: { ...line, expected, found: '', ok: false, severity: 'warn' }, waiting: true };
}

/** A milestone payment needs its approved redemption, which exists only after the milestone was accepted (B06). */
function milestoneChecks(input: DecideInput): CheckResult[] {
  if (input.leg.kind !== 'M') return [];
  const state = redemptionStateOf(input);
  const approved = state === 'APPROVED' || state === 'SETTLED';
  const held = input.heldFailures?.includes('milestone') ?? false;
  const ok = (approved && !held) || isAccepted(input, 'milestone');
  const found = approved && held ? 'APPROVED_LATER' : state;
  return [{ name: 'milestone', expected: 'APPROVED', found: ok ? 'APPROVED' : found, ok, severity: 'fail' }];
}

/** The state of the one request that stands for the leg. */
function redemptionStateOf({ draft, leg }: DecideInput): string {
  const over = ['REFUSED', 'WITHDRAWN'];
  const request = draft.redemptions.find((one) => one.legId === leg.legId && !over.includes(one.state));
  return request?.state ?? 'NONE';
}

function isAccepted(input: DecideInput, name: CheckResult['name']): boolean {
  return acceptable.includes(name) && (input.accepted?.includes(name) ?? false);
}

function nameChecks(leg: Leg, flow: Flow): CheckResult[] {
  return [
    nameCheck('payee-name', leg.payee.name, flow.payee.name),
    nameCheck('payer-name', leg.payer.name, flow.payer.name),
  ];
}

/** A bank may leave a name out; then there is nothing to compare. */
function nameCheck(name: 'payee-name' | 'payer-name', planned: string, given: string): CheckResult {
  const expected = normalName(planned);
  const found = normalName(given);
  return { name, expected, found, ok: found === '' || found === expected, severity: 'warn' };
}
