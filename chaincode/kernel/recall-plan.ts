/** Which return legs bring the unspent remainder of a draft back up its path. */
import { fen, formatFen, splitByWeights } from './fen.ts';
import type { AccountRef } from './records/common.ts';
import type { Draft, Leg } from './records/draft.ts';

/**
 * X1 from the county's account back to the vehicle, then one leg per contributor, pro rata to what each paid (largest
 * remainder, earlier leg first), each after X1. Nothing for parts of 0 fen; an empty list when all is spent.
 * @param deadline a working day, YYYY-MM-DD
 */
export function returnLegs(draft: Pick<Draft, 'PlanPath' | 'legs'>, deadline: string): Leg[] {
  const matched = new Map(draft.legs.map((one) => [one.legId, BigInt(one.matchedFen)]));
  const paidOf = (leg: Leg): bigint => matched.get(leg.legId) ?? 0n;
  const legs = (kinds: string): Leg[] => draft.PlanPath.filter((leg) => kinds.includes(leg.kind));
  const sum = (kinds: string): bigint => legs(kinds).reduce((total, leg) => total + paidOf(leg), 0n);
  const atVehicle = sum('FB') - sum('D');
  const atCounty = sum('D') - sum('M');
  const down = legs('D')[0];
  const back: Leg[] = [];
  if (down !== undefined && atCounty > 0n) {
    back.push(
      returnLeg({ no: 1, payer: down.payee, payee: down.payer, amount: atCounty, deadline, dependsOn: [] }),
    );
  }
  const paid = legs('FB').filter((leg) => paidOf(leg) > 0n);
  if (atVehicle + atCounty <= 0n || paid.length === 0) return back;
  const dependsOn = back.map((leg) => leg.legId);
  const shares = splitByWeights(fen(atVehicle + atCounty), paid.map(paidOf));
  for (const [at, leg] of paid.entries()) {
    const amount = shares[at] ?? 0n;
    if (amount === 0n) continue;
    const ends = { payer: leg.payee, payee: leg.payer };
    back.push(returnLeg({ no: back.length + 1, ...ends, amount, deadline, dependsOn }));
  }
  return back;
}

interface ReturnLeg {
  readonly no: number;
  readonly payer: AccountRef;
  readonly payee: AccountRef;
  readonly amount: bigint;
  readonly deadline: string;
  readonly dependsOn: readonly string[];
}

function returnLeg({ no, payer, payee, amount, deadline, dependsOn }: ReturnLeg): Leg {
  return {
    ...{ legId: `X${no}`, kind: 'X', payer, payee, amountFen: formatFen(fen(amount)), deadline },
    ...{ dependsOn: [...dependsOn], milestoneNo: null },
  };
}
