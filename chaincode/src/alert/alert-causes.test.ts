/** Every cause raises its alert: rule, level, the unit that must answer; once however often it comes; and that unit cannot end it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Alert } from '#kernel/records/alert.ts';
import type { Draft } from '#kernel/records/draft.ts';
import { flowKeyOf } from '#kernel/records/keys.ts';
import type { Flow } from '#kernel/records/reconciliation.ts';
import {
  copyWorld,
  draftOn,
  feedOf,
  payerOf,
  payment,
  planned,
  returnOf,
  seedDraft,
  writeDraft,
} from '../../test/drafts.ts';
import { MemoryLedger, refusal } from '../../test/memory-ledger.ts';
import { operator, person, populate, type OrgId } from '../../test/world.ts';
import { MemberContract } from '../member/member.contract.ts';
import { ReconciliationContract } from '../reconciliation/reconciliation.contract.ts';
import { AlertContract } from './alert.contract.ts';

const contracts = [MemberContract, ReconciliationContract, AlertContract];
const world = new MemoryLedger(contracts);
await populate(world);

/** A fresh ledger with one draft, and what payers, banks and time do to it. */
class Scene {
  readonly ledger = new MemoryLedger(contracts);
  readonly draft: Draft;

  constructor() {
    copyWorld(world, this.ledger);
    this.draft = seedDraft(this.ledger);
  }

  flow(legId: string, serialNo: string, date: string, other: Partial<Flow> = {}): Flow {
    return payment(planned(this.draft, legId), serialNo, date, other);
  }

  async register(legId: string, serialNo: string, bookingDate: string, draft = this.draft): Promise<void> {
    const args = { draftId: draft.DraftID, legId, serialNo, bookingDate };
    await this.ledger.submit('reconciliation:register', args, payerOf(planned(draft, legId)));
  }

  async ingest(flow: Flow): Promise<void> {
    await this.ledger.submit('reconciliation:ingest', { flow, drop: false }, feedOf(flow));
  }

  async pay(legId: string, serialNo: string, date: string, other: Partial<Flow> = {}): Promise<void> {
    await this.register(legId, serialNo, date);
    await this.ingest(this.flow(legId, serialNo, date, other));
  }

  async payDown(): Promise<void> {
    for (const [at, legId] of ['F1', 'F2', 'B1', 'B2', 'D1'].entries())
      await this.pay(legId, `P${at}`, `2026-03-0${at + 3}`);
  }

  set(status: Draft['Status']): void {
    writeDraft(this.ledger, { ...draftOn(this.ledger, this.draft.DraftID), Status: status });
  }

  async tick(asOf: string, subject: object, unmatchedDays?: object): Promise<void> {
    const limits = unmatchedDays === undefined ? {} : { unmatchedDays };
    await this.ledger.submit('alert:tick', { asOf, subjects: [subject], ...limits }, operator('platform'));
  }

  async tickLeg(legId: string, asOf: string, unmatchedDays?: object): Promise<void> {
    await this.tick(asOf, { kind: 'leg', draftId: this.draft.DraftID, legId }, unmatchedDays);
  }

  alerts(): Alert[] {
    const texts = [...this.ledger.state].filter(([key]) => key.includes('\u0000ALERT\u0000'));
    return texts.map(([, text]) => JSON.parse(text) as Alert);
  }
}

interface Cause {
  readonly what: string;
  readonly raises: string;
  /** The unit that must answer. */
  readonly by: OrgId;
  readonly before?: (scene: Scene) => Promise<void>;
  /** Done three times. */
  readonly cause: (scene: Scene) => Promise<void>;
}

const elsewhere = { account: '999999', name: '单位lpf', bankNo: '' };
const wrong = (
  what: string,
  raises: string,
  other: (scene: Scene) => Partial<Flow>,
  date = '2026-03-03',
): Cause => ({
  ...{ what, raises, by: 'pfd' },
  cause: (scene) => scene.pay('F1', 'S1', date, other(scene)),
});
const payeeOf = (scene: Scene): Flow['payee'] => scene.flow('F1', 'S1', '2026-03-03').payee;

const causes: readonly Cause[] = [
  wrong('another amount', 'A01 red', () => ({ amountFen: '5' })),
  {
    ...wrong('another paying account', 'A02 red', () => {
      const account = '7777777';
      return { account, payer: { account, name: '单位pfd', bankNo: '' } };
    }),
  },
  wrong('another receiving account', 'A03 red', (scene) => ({
    payee: { ...elsewhere, name: payeeOf(scene).name },
  })),
  wrong('booked after the deadline', 'A04 red', () => ({}), '2026-12-31'),
  wrong('another currency', 'A12 red', () => ({ currency: 'USD' })),
  wrong('another name on the right account', 'A11 yellow', (scene) => ({
    payee: { ...payeeOf(scene), name: '别人' },
  })),
  {
    what: 'a leg that nobody pays, three working days after its deadline',
    ...{ raises: 'A04 yellow', by: 'pfd' },
    cause: (scene) => scene.tickLeg('F1', '2026-03-20'),
  },
  {
    what: 'a leg that nobody pays, more than three working days after its deadline',
    ...{ raises: 'A04 red', by: 'pfd' },
    cause: (scene) => scene.tickLeg('F1', '2026-03-23'),
  },
  {
    what: 'registered, and no flow past the threshold',
    ...{ raises: 'A05 yellow', by: 'pfd' },
    before: (scene) => scene.register('F1', 'S1', '2026-03-06'),
    cause: (scene) => scene.tickLeg('F1', '2026-03-10'),
  },
  {
    what: 'registered, and no flow past a threshold that was set',
    ...{ raises: 'A05 red', by: 'pfd' },
    before: (scene) => scene.register('F1', 'S1', '2026-03-06'),
    cause: (scene) => scene.tickLeg('F1', '2026-03-09', { yellow: 0, red: 0 }),
  },
  {
    what: 'a flow on a supervised account, and no registration past the threshold',
    ...{ raises: 'A06 red', by: 'city-fin' },
    before: (scene) => scene.ingest(scene.flow('F2', 'S2', '2026-03-06')),
    cause: (scene) =>
      scene.tick('2026-03-12', { kind: 'flow', flowKey: flowKeyOf(scene.flow('F2', 'S2', '2026-03-06')) }),
  },
  {
    what: 'other content on the same key',
    ...{ raises: 'A07 red', by: 'bank-a' },
    before: (scene) => scene.ingest(scene.flow('F1', 'S1', '2026-03-03')),
    cause: (scene) => scene.ingest(scene.flow('F1', 'S1', '2026-03-03', { amountFen: '7' })),
  },
  {
    what: 'one serial registered for two legs',
    ...{ raises: 'A08 red', by: 'pfd' },
    before: (scene) => scene.register('F1', 'S1', '2026-03-03'),
    cause: (scene) => scene.register('F1', 'S1', '2026-03-03', seedDraft(scene.ledger, { serial: 2 })),
  },
  {
    what: 'a matched payment that comes back',
    ...{ raises: 'A09 red', by: 'pfd' },
    before: (scene) => scene.pay('F1', 'S1', '2026-03-03'),
    cause: (scene) => scene.ingest(returnOf(scene.flow('F1', 'S1', '2026-03-03'), 'R1', '2026-03-05')),
  },
  {
    what: 'paid before what must come first',
    ...{ raises: 'A10 red', by: 'bank-a' },
    before: async (scene) => {
      await scene.pay('F1', 'S1', '2026-03-04');
      await scene.pay('F2', 'S2', '2026-03-04');
    },
    cause: (scene) => scene.pay('B1', 'S3', '2026-03-03'),
  },
  {
    what: 'paid without an accepted milestone',
    ...{ raises: 'B06 red', by: 'cpc' },
    before: (scene) => scene.payDown(),
    cause: (scene) => scene.pay('M1', 'S6', '2026-03-09'),
  },
  ...(['FROZEN', 'TERMINATED'] as const).map((status): Cause => ({
    what: `paid against a draft that is ${status}`,
    ...{ raises: 'S01 red', by: 'pfd' },
    before: async (scene) => {
      await scene.register('F1', 'S1', '2026-03-03');
      scene.set(status);
    },
    cause: (scene) => scene.ingest(scene.flow('F1', 'S1', '2026-03-03')),
  })),
  {
    what: 'registered against a draft that is frozen',
    ...{ raises: 'S01 red', by: 'pfd' },
    before: (scene) => {
      scene.set('FROZEN');
      return Promise.resolve();
    },
    cause: (scene) => scene.register('F1', 'S1', '2026-03-03'),
  },
];

for (const { what, raises, by, before, cause } of causes) {
  test(`${what}: ${raises}, answered by ${by}, who cannot end it`, async () => {
    const scene = new Scene();
    await before?.(scene);
    assert.deepEqual(scene.alerts(), [], 'not before its cause');
    for (let times = 0; times < 3; times += 1) await cause(scene);
    const told = scene.alerts().map(({ rule, level }) => `${rule} ${level}`);
    assert.deepEqual(told, [raises]);
    const [alert] = scene.alerts();
    assert.ok(alert !== undefined && alert.text !== '');
    assert.equal(alert.responsibleOrgId, by);
    assert.ok(alert.namedOrgIds.includes(by) && alert.parties.includes(by));
    const step = (fn: string, no: 1 | 2 | 3, orgId: OrgId): Promise<unknown> =>
      scene.ledger.submit(`alert:${fn}`, { id: alert.id, text: '见附件', documents: [] }, person(orgId, no));
    await step('explain', 1, by);
    await assert.rejects(step('review', 2, by), refusal(by === 'pfd' ? 'NAMED_UNIT' : 'ROLE_NOT_ALLOWED'));
    await step('review', 2, 'plo');
    await assert.rejects(step('close', 3, by), refusal(by === 'pfd' ? 'NAMED_UNIT' : 'ROLE_NOT_ALLOWED'));
    await step('close', 3, 'plo');
    assert.equal(scene.alerts()[0]?.state, 'CLOSED');
  });
}
