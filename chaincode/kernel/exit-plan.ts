/** Which return legs pay a settled draft's money back to those who put it in. */
import { fen, formatFen, splitByWeights } from './fen.ts';
import type { Fen } from './fen.ts';
import type { AccountRef } from './records/common.ts';
import type { Draft, Leg } from './records/draft.ts';

/**
 * X1 unit to county, X2 county to vehicle, then the contributors: the banks' principal first, then the treasuries', each
 * group by its members' contributions (largest remainder, earlier leg first). Each stage waits for the one before it.
 * @param amount at most the draft's amount
 * @param deadline a working day, YYYY-MM-DD
 * @throws RangeError when the amount is above the draft's, or the draft has no path down
 */
export function exitLegs(draft: Pick<Draft, 'PlanPath' | 'Amount'>, amount: Fen, deadline: string): Leg[] {
  const ofKind = (kind: Leg['kind']): Leg[] => draft.PlanPath.filter((leg) => leg.kind === kind);
  const [down] = ofKind('D');
  const [last] = ofKind('M');
  if (down === undefined || last === undefined || amount > BigInt(draft.Amount)) {
    throw new RangeError('an exit needs a whole path and an amount within it');
  }
  const toBanks = smaller(amount, totalOf(ofKind('B')));
  const payBacks = [...shares(ofKind('B'), toBanks), ...shares(ofKind('F'), fen(amount - toBanks))];
  const stages: Omit<NumberedLeg, 'no' | 'deadline'>[] = [
    { payer: last.payee, payee: last.payer, amount, dependsOn: [] },
    { payer: down.payee, payee: down.payer, amount, dependsOn: ['X1'] },
    ...payBacks.map((back) => ({ ...back, dependsOn: ['X2'] })),
  ];
  return stages.map((stage, at) => exitLeg({ ...stage, no: at + 1, deadline }));
}

interface NumberedLeg {
  readonly no: number;
  readonly payer: AccountRef;
  readonly payee: AccountRef;
  readonly amount: Fen;
  readonly deadline: string;
  readonly dependsOn: readonly string[];
}

function exitLeg({ no, payer, payee, amount, deadline, dependsOn }: NumberedLeg): Leg {
  return {
    ...{ legId: `X${no}`, kind: 'X', payer, payee, amountFen: formatFen(amount), deadline },
    ...{ dependsOn: [...dependsOn], milestoneNo: null },
  };
}

function shares(paidIn: readonly Leg[], amount: Fen): Pick<NumberedLeg, 'payer' | 'payee' | 'amount'>[] {
  if (amount === 0n) return [];
  const parts = splitByWeights(
    amount,
    paidIn.map((leg) => BigInt(leg.amountFen)),
  );
  return paidIn
    .map((leg, at) => ({ payer: leg.payee, payee: leg.payer, amount: parts[at] ?? fen(0n) }))
    .filter((part) => part.amount > 0n);
}

function totalOf(legs: readonly Leg[]): Fen {
  return fen(legs.reduce((sum, leg) => sum + BigInt(leg.amountFen), 0n));
}

function smaller(a: Fen, b: Fen): Fen {
  return a < b ? a : b;
}
