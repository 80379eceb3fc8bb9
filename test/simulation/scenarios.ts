/** What can happen to one payment, and what must then stand of its leg and of its flows. */
import { person } from '../../chaincode/test/world.ts';
import type { OrgId } from '../../chaincode/test/world.ts';
import type { Draft, Leg, LegState } from '#kernel/records/draft.ts';
import type { FlowState } from '#kernel/records/reconciliation.ts';

/** An entry as a bank sends it. */
export interface Entry {
  readonly serialNo: string;
  readonly direction: 'DBIT' | 'CRDT';
  readonly amountFen: string;
  readonly payer: { readonly account: string; readonly name: string; readonly bankNo: string };
  readonly payee: { readonly account: string; readonly name: string; readonly bankNo: string };
  readonly [field: string]: unknown;
}

/** Something that somebody does; `after` must have been answered before. */
export type Deed =
  | {
      readonly kind: 'push';
      readonly bankId: string;
      readonly entries: readonly Entry[];
      readonly after?: Deed;
    }
  | { readonly kind: 'register'; readonly userId: string; readonly args: RegisterArgs };

/** Arguments of a registration. */
export interface RegisterArgs {
  readonly requestId: string;
  readonly draftId: string;
  readonly legId: string;
  readonly serialNo: string;
  readonly bookingDate: string;
}

/** What must stand in the end of a leg. */
export interface LegTruth {
  readonly draftId: string;
  readonly legId: string;
  readonly scenario: string;
  /** The flow that was to pay it. */
  readonly flowKey: string;
  readonly state: LegState;
  readonly matchedFen: bigint;
  /** Rules of the alerts that must name this leg or its flow; others may. */
  readonly alerts: readonly string[];
}

/** What must stand in the end of a flow; `amountFen` is what the bank said first. */
export interface FlowTruth {
  readonly flowKey: string;
  readonly state: FlowState;
  readonly amountFen: bigint;
  readonly scenario: string;
}

/** What happens to a payment. */
export type Scenario =
  | 'clean'
  | 'name'
  | 'pending'
  | 'amount'
  | 'payee'
  | 'payer'
  | 'currency'
  | 'unregistered'
  | 'unbooked'
  | 'returned'
  | 'partly-returned'
  | 'conflict'
  | 'late'
  | 'untouched';

const paidOn = '2026-03-03';
const lateOn = '2026-06-30';
/** Beyond what a float holds exactly, and the largest that there is. */
const extremes = [9_007_199_254_740_993n, 999_999_999_999_999_999n];
const elsewhere = { account: '6200000000000000', name: '', bankNo: '' };

/** A payment about which a story is told. */
export interface Telling {
  readonly draft: Draft;
  readonly leg: Leg;
  readonly scenario: Scenario;
  /** Legs that were proven paid at least once. */
  readonly proven: ReadonlySet<string>;
  readonly dice: (below: number) => number;
  /** Of the flow, so that no serial comes twice. */
  readonly number: number;
}

/** What somebody does about it, and what must come of it. */
export interface Told {
  readonly leg: LegTruth;
  readonly flows: FlowTruth[];
  readonly registers: Deed[];
  readonly pushes: { bankId: string; entry: Entry }[];
  readonly chained: Deed[];
  /** The leg was proven paid at least once. */
  readonly provenFirst: boolean;
}

/** Tells the scenario of a payment. */
export function tell(telling: Telling): Told {
  const scene = new Scene(telling);
  return scenarios[telling.scenario](scene, telling.dice);
}

/** An account, and where it is held. */
type Held = Pick<Leg['payer'], 'bankId' | 'account'>;

/** The payment as planned, from which a scenario departs. */
class Scene {
  readonly leg: Leg;
  readonly bankId: string;
  readonly paid: Entry;
  readonly amount: bigint;
  readonly isEarly: boolean;
  readonly #telling: Telling;
  readonly #booked: { readonly serialNo: string; readonly bookingDate: string };

  constructor(telling: Telling) {
    const { leg, scenario, proven, number } = telling;
    const serialNo = `S${String(number).padStart(7, '0')}${leg.legId}`;
    this.#telling = telling;
    this.#booked = { serialNo, bookingDate: scenario === 'late' ? lateOn : paidOn };
    this.leg = leg;
    this.bankId = leg.payer.bankId;
    this.paid = entryOf(leg, this.#booked);
    this.amount = BigInt(leg.amountFen);
    this.isEarly = leg.dependsOn.some((id) => !proven.has(id));
  }

  /** What a payment as planned becomes. */
  get good(): 'MATCHED' | 'WAITING_PREDECESSOR' {
    return this.isEarly ? 'WAITING_PREDECESSOR' : 'MATCHED';
  }

  get register(): Deed {
    const { draft, leg } = this.#telling;
    const args = { ...this.#booked, draftId: draft.DraftID, legId: leg.legId };
    const requestId = `register-${this.#booked.serialNo}`;
    return {
      kind: 'register',
      userId: person(leg.payer.orgId as OrgId, 1).userId,
      args: { requestId, ...args },
    };
  }

  /** The payee bank's entry. Drafts of one fund pay equal amounts between the same accounts; the reference tells them apart. */
  get credit(): Entry {
    const { serialNo, bookingDate } = this.#booked;
    const reference = `${this.#telling.draft.DraftID}/${this.leg.legId}`;
    return { ...entryOf(this.leg, { serialNo: `C${serialNo}`, bookingDate }), direction: 'CRDT', reference };
  }

  /** The payment coming back. */
  get back(): Entry {
    const { serialNo, payer, payee } = this.paid;
    const mark = { direction: 'CRDT', reversal: true, originalSerialNo: serialNo } as const;
    return { ...this.paid, ...mark, serialNo: `R${serialNo}`, payer: payee, payee: payer };
  }

  flow(state: FlowState, entry: Entry = this.paid, of: Held = this.leg.payer): FlowTruth {
    const { bankId, account } = of;
    const parts = [bankId, account, entry.direction, this.#booked.bookingDate, entry.serialNo, '0'];
    const { scenario } = this.#telling;
    return { flowKey: parts.join('~'), state, scenario, amountFen: BigInt(entry.amountFen) };
  }

  /** What must come of it; registered and pushed as planned unless told otherwise. */
  told(
    state: LegState,
    flows: FlowTruth[],
    { alerts = [], matchedFen, ...rest }: Partial<Told> & { alerts?: string[]; matchedFen?: bigint } = {},
  ): Told {
    const { draft, leg, scenario } = this.#telling;
    const { flowKey } = this.flow('MATCHED');
    const identity = { draftId: draft.DraftID, legId: leg.legId, flowKey, scenario };
    const all = state === 'MATCHED' ? this.amount : 0n;
    return {
      leg: { ...identity, state, alerts, matchedFen: matchedFen ?? all },
      flows,
      registers: [this.register],
      pushes: [this.push(this.paid)],
      chained: [],
      provenFirst: false,
      ...rest,
    };
  }

  push(entry: Entry, bankId = this.bankId): { bankId: string; entry: Entry } {
    return { bankId, entry };
  }
}

type Tell = (scene: Scene, dice: (below: number) => number) => Told;

const scenarios: Readonly<Record<Scenario, Tell>> = {
  untouched: (scene) => scene.told('OPEN', [], { registers: [], pushes: [] }),
  clean: (scene, dice) => {
    const { paid, credit, good, leg } = scene;
    const again = dice(4) === 0 ? [scene.push(paid)] : [];
    const seen = dice(3) === 0;
    const flows = seen ? [scene.flow('RECEIPT', credit, leg.payee)] : [];
    const pushes = [scene.push(paid), ...again, ...(seen ? [scene.push(credit, leg.payee.bankId)] : [])];
    return scene.told(good, [scene.flow(good), ...flows], { pushes, provenFirst: !scene.isEarly });
  },
  name: (scene) => {
    const { paid, good, isEarly } = scene;
    const other = { ...paid, payee: { ...paid.payee, name: '另一户名' } };
    const rest = { pushes: [scene.push(other)], alerts: ['A11'], provenFirst: !isEarly };
    return scene.told(good, [scene.flow(good)], rest);
  },
  pending: (scene) => {
    const { bankId, paid, good, isEarly } = scene;
    const first: Deed = { kind: 'push', bankId, entries: [{ ...paid, status: 'PDNG' }] };
    const chained: Deed[] = [first, { kind: 'push', bankId, entries: [paid], after: first }];
    return scene.told(good, [scene.flow(good)], { pushes: [], chained, provenFirst: !isEarly });
  },
  amount: (scene, dice) => {
    const others = [scene.amount + BigInt(1 + dice(1000)), scene.amount - 1n, 1n, ...extremes];
    const other = { ...scene.paid, amountFen: String(others[dice(others.length)]) };
    const pushes = [scene.push(other)];
    return scene.told('MISMATCH', [scene.flow('MISMATCH', other)], { pushes, alerts: ['A01'] });
  },
  payee: (scene) => {
    const other = { ...scene.paid, payee: elsewhere };
    const pushes = [scene.push(other)];
    return scene.told('MISMATCH', [scene.flow('MISMATCH', other)], { pushes, alerts: ['A03'] });
  },
  payer: (scene) => {
    const other = { ...scene.paid, payer: elsewhere };
    const pushes = [scene.push(other)];
    const { bankId } = scene;
    const flow = scene.flow('MISMATCH', other, { bankId, account: elsewhere.account });
    return scene.told('MISMATCH', [flow], { pushes, alerts: ['A02'] });
  },
  currency: (scene) => {
    const pushes = [scene.push({ ...scene.paid, currency: 'USD' })];
    return scene.told('MISMATCH', [scene.flow('MISMATCH')], { pushes, alerts: ['A12'] });
  },
  late: (scene) => scene.told('MISMATCH', [scene.flow('MISMATCH')], { alerts: ['A04'] }),
  unregistered: (scene) => scene.told('OPEN', [scene.flow('WAITING')], { registers: [], alerts: ['A06'] }),
  unbooked: (scene) => scene.told('REGISTERED', [], { pushes: [], alerts: ['A05'] }),
  returned: (scene) => {
    const { paid, back } = scene;
    const flows = [scene.flow('RETURNED'), scene.flow('RETURN', back)];
    const pushes = [scene.push(paid), scene.push(back)];
    return scene.told('RETURNED', flows, { pushes, alerts: ['A09'], provenFirst: true });
  },
  'partly-returned': (scene, dice) => {
    const { paid, amount } = scene;
    const returnedFen = 1n + BigInt(dice(Number(amount) - 1));
    const back = { ...scene.back, amountFen: String(returnedFen) };
    const flows = [scene.flow('RETURNED'), scene.flow('RETURN', back)];
    const rest = { pushes: [scene.push(paid), scene.push(back)], alerts: ['A09'], provenFirst: true };
    return scene.told('RETURNED', flows, { ...rest, matchedFen: amount - returnedFen });
  },
  conflict: (scene) => {
    const { bankId, paid, good } = scene;
    const first: Deed = { kind: 'push', bankId, entries: [paid] };
    const other = { ...paid, amountFen: String(scene.amount + 1n) };
    const chained: Deed[] = [first, { kind: 'push', bankId, entries: [other], after: first }];
    const rest = { pushes: [], chained, alerts: ['A07'], provenFirst: !scene.isEarly };
    return scene.told(good, [scene.flow(good)], rest);
  },
};

function entryOf(leg: Leg, { serialNo, bookingDate }: { serialNo: string; bookingDate: string }): Entry {
  const party = ({ account, name, bankNo }: Leg['payer']): Entry['payer'] => ({ account, name, bankNo });
  return {
    serialNo,
    bookingDate,
    txTime: `${bookingDate}T10:00:00+08:00`,
    ...{ direction: 'DBIT', status: 'BOOK', currency: 'CNY', amountFen: leg.amountFen },
    payer: party(leg.payer),
    payee: party(leg.payee),
  };
}
