/** What cases of reconciliation act through: the bank's push, the pages of actions, and what stands afterwards on the ledger and in the read model. */
import assert from 'node:assert/strict';
import type { Actual, Draft, LegProgress, LegState } from '#kernel/records/draft.ts';
import type { AlertRule } from '#kernel/records/alert.ts';
import type { FlowDoc } from '../../../src/models/flow/flow.schema.ts';
import type { DemoProject, Stage } from '../../../src/commands/demo/project-life.ts';
import { legOf, personWith } from '../../../src/commands/demo/world.ts';
import type { Browser } from '../form-browser.ts';
import { entryOfLeg, openTestWeb, type TestWeb } from '../web.ts';

/** A bank's serial on a day. */
export interface Serial {
  readonly serialNo: string;
  readonly bookingDate: string;
}

/** What was answered to a push, entry by entry. */
export interface PushAnswer {
  readonly status: number;
  readonly results: readonly {
    readonly result: string;
    readonly flowId: string | null;
    readonly reason?: string;
  }[];
}

/** The platform with the hands of a payer and of a bank. */
export class Desk {
  readonly web: TestWeb;
  readonly #browsers = new Map<string, Promise<Browser>>();
  #serials = 0;
  #spare: Draft | null = null;

  constructor(web: TestWeb) {
    this.web = web;
  }

  static async open(environment: Record<string, string> = {}): Promise<Desk> {
    return new Desk(await openTestWeb(environment));
  }

  /** A serial number that no other case uses, booked today unless told. */
  serial(bookingDate = this.web.world.today): Serial {
    this.#serials += 1;
    return { serialNo: `K${String(this.#serials).padStart(8, '0')}`, bookingDate };
  }

  /** A fresh draft, issued unless it should be further. */
  async draft(stage: Stage = 'ISSUED', change: Partial<DemoProject> = {}): Promise<Draft> {
    const { draftId } = await this.web.project(stage, change);
    return this.web.world.draft(draftId ?? '');
  }

  /** A fiscal leg that no case has used yet: F1 and F2 of one draft after the other. */
  async spare(): Promise<{ draft: Draft; legId: 'F1' | 'F2' }> {
    const left = this.#spare;
    this.#spare = null;
    if (left !== null) return { draft: left, legId: 'F2' };
    const draft = await this.draft();
    this.#spare = draft;
    return { draft, legId: 'F1' };
  }

  /** The draft as the ledger has it now. */
  async now(draft: Draft): Promise<Draft> {
    return this.web.world.draft(draft.DraftID);
  }

  async leg(draft: Draft, legId: string): Promise<LegProgress> {
    const leg = (await this.now(draft)).legs.find((one) => one.legId === legId);
    if (leg === undefined) throw new Error(legId);
    return leg;
  }

  /** State of a leg on the ledger, which the read model must show as well. */
  async state(draft: Draft, legId: string): Promise<LegState> {
    await this.web.settled();
    const { state } = await this.leg(draft, legId);
    const shown = await this.web.platform.models.leg.findById(`${draft.DraftID}~${legId}`).lean();
    assert.equal(shown?.state, state);
    return state;
  }

  async moves(draft: Draft, legId: string): Promise<Actual[]> {
    return (await this.now(draft)).ActualPath.filter((step) => step.legId === legId);
  }

  /** The bank that keeps the account a leg is paid from. */
  bankOf(draft: Draft, legId: string): string {
    return legOf(draft, legId).payer.bankId;
  }

  /** The bank that keeps the payer's account pushes entries, signed; then everything comes to rest. */
  async push(bankId: string, entries: readonly object[], id?: string): Promise<PushAnswer> {
    const response = await this.web.push(bankId, entries, id);
    await this.web.settled();
    const { results = [] } = response.body as { results?: PushAnswer['results'] };
    return { status: response.status, results };
  }

  /** The payer's bank pushes the debit entry of a leg, or one that differs. */
  async pay(draft: Draft, legId: string, serial: Serial, change: object = {}): Promise<PushAnswer> {
    const { bankId } = legOf(draft, legId).payer;
    return this.push(bankId, [entryOfLeg(draft, legId, serial, change)]);
  }

  /** The bank's credit entry by which a payment comes back. */
  async back(
    draft: Draft,
    legId: string,
    given: { paid: Serial; serial: Serial; amountFen: string; change?: object },
  ): Promise<PushAnswer> {
    const { payer, payee } = legOf(draft, legId);
    const party = (account: string): object => ({ account, name: '', bankNo: '' });
    return this.pay(draft, legId, given.serial, {
      ...{ direction: 'CRDT', reversal: true, originalSerialNo: given.paid.serialNo },
      ...{ amountFen: given.amountFen, payer: party(payee.account), payee: party(payer.account) },
      ...given.change,
    });
  }

  /** A person of the payer registers a serial on the page of the action. @returns the receipt */
  async register(
    draft: Draft,
    legId: string,
    serial: Serial,
    more: Record<string, string> = {},
  ): Promise<Receipt> {
    const { userId } = personWith(legOf(draft, legId).payer.orgId, 'handle');
    const fields = { ...serial, ...more };
    return this.act(userId, 'reconciliation.register', { subject: `${draft.DraftID}~${legId}`, fields });
  }

  /** Does a page's action as a person: opens its form, posts it, and finds the transaction of the receipt in its block. */
  async act(
    userId: string,
    id: string,
    what: { subject: string; fields: Record<string, string> },
  ): Promise<Receipt> {
    const browser = await this.as(userId);
    const response = await browser.post(`/actions/${id}/${encodeURIComponent(what.subject)}`, what.fields);
    const transactionId = /\/chain\/transactions\/([0-9a-f]{16,})/.exec(response.text)?.[1] ?? null;
    if (transactionId !== null) await this.inBlock(transactionId);
    await this.web.settled();
    return { status: response.status, text: response.text, transactionId };
  }

  /** The transaction stands in a block of the ledger and is valid. */
  async inBlock(transactionId: string): Promise<void> {
    const found = await this.web.platform.ledger.transactionStatus(transactionId);
    assert.deepEqual([found.state, found.state === 'committed' ? found.code : ''], ['committed', 'VALID']);
  }

  as(userId: string): Promise<Browser> {
    const known = this.#browsers.get(userId) ?? this.web.as(userId);
    this.#browsers.set(userId, known);
    return known;
  }

  /** A flow as the read model shows it, whose last write stands in a valid block. */
  async flow(flowId: string | null | undefined): Promise<FlowDoc> {
    const flow = await this.web.platform.models.flow.findById(flowId ?? '').lean<FlowDoc>();
    if (flow === null) throw new Error(`no flow ${flowId ?? ''}`);
    await this.inBlock(flow.txId);
    return flow;
  }

  /** Levels of the alerts of a rule about a draft. */
  async alerts(draft: Draft, rule: AlertRule): Promise<string[]> {
    const found = await this.web.platform.models.alert.find({ draftId: draft.DraftID, rule }).lean();
    return found.map((one) => one.level);
  }

  close(): Promise<void> {
    return this.web.close();
  }
}

/** What an action's page answered. */
export interface Receipt {
  readonly status: number;
  readonly text: string;
  readonly transactionId: string | null;
}
