/** Takes a signed message into the inbox: everything is durable before the bank hears 202, and every step may be repeated. */
import { createHash } from 'node:crypto';
import { DomainError } from '../kernel/errors.ts';
import type { BankProfile } from '../bank-profile/bank-profile.rules.ts';
import type { SystemCause } from '../system-alert/system-alert.service.ts';
import { readMessage, type ReadEntry, type UnreadEntry } from './wire.rules.ts';
import {
  BankMessageModel,
  InboxFlowModel,
  QuarantineModel,
  type BankMessage,
  type Delivery,
  type InboxFlow,
} from './inbox.schema.ts';
import { insertEach } from './insert-each.ts';
import { joined } from './joined.ts';
import { kindOfRepeat, statusOf } from './repeat.rules.ts';

/** An authenticated message. */
export interface IncomingMessage {
  readonly bankId: string;
  readonly feedUserId: string;
  readonly webhookId: string;
  readonly raw: Buffer;
}

/** Entries of a statement that were read already. */
export interface StatementBatch {
  readonly bankId: string;
  readonly feedUserId: string;
  readonly messageId: string;
}

/** What the bank is told about one entry. */
export interface EntryResult {
  readonly serialNo: string;
  readonly flowId: string | null;
  readonly result: 'accepted' | 'duplicate' | 'conflict' | 'quarantined';
  readonly reason?: string;
}

/** Whose entries they are, and as whom they go to the ledger. */
type Sender = Pick<IncomingMessage, 'bankId' | 'feedUserId'>;

/** A small message and its flows join those that come at the same time; a large one goes by itself and holds up nobody. */
const joinsUpTo = { bytes: 16_384, flows: 4, batch: 100 } as const;

/** What the inbox needs from outside. */
export interface InboxServiceDeps {
  readonly now: () => Date;
  /** A hint to the queue that the message's flows wait; losing it loses nothing, the sweep finds them. */
  readonly hint: (messageId: string, flowKeys: readonly string[]) => Promise<void>;
  /** Raises a system alert, once per cause. */
  readonly alert: (cause: SystemCause) => Promise<unknown>;
  /** The bank's own profile, by which its words are read; none without. */
  readonly profileOf?: (bankId: string) => Promise<BankProfile | null>;
}

/** Stores what banks push before it is answered, and tells repeats and conflicts apart. */
export class InboxService {
  readonly #deps: InboxServiceDeps;
  readonly #joinMessages = joined(joinsUpTo.batch, (messages: readonly BankMessage[]) =>
    insertEach(BankMessageModel, messages),
  );
  readonly #joinFlows = joined(joinsUpTo.batch, (flows: readonly InboxFlow[]) =>
    insertEach(InboxFlowModel, flows),
  );

  constructor(deps: InboxServiceDeps) {
    this.#deps = deps;
  }

  /**
   * Stores a message and its entries.
   * @returns one result per entry; a body that cannot be read gives a single `quarantined`
   * @throws DomainError MESSAGE_ID_REUSED (same id, other bytes), TOO_MANY_ENTRIES, WRONG_BANK, SELF_TEST; nothing of the message is stored then, save the other bytes as evidence
   */
  async receive(message: IncomingMessage): Promise<EntryResult[]> {
    const read = readMessage(message.raw, message.bankId, await this.#profileOf(message.bankId));
    if (read.kind === 'too-many') throw new DomainError('TOO_MANY_ENTRIES', 'more than 500 entries');
    if (read.kind === 'wrong-bank') throw new DomainError('WRONG_BANK', 'the message names another bank');
    if (read.kind === 'entries' && read.selfTest)
      throw new DomainError('SELF_TEST', 'a message for the self-test is not stored');
    const messageId = `${message.bankId}~${message.webhookId}`;
    const reason = read.kind === 'unreadable' ? read.reason : null;
    await this.#keepRaw(message, messageId, reason);
    if (read.kind === 'unreadable') return [await this.#quarantineWhole(message, messageId, read.reason)];
    const results = await this.#store(message, messageId, read.entries);
    const waiting = results
      .filter((one) => one.result !== 'duplicate' && one.flowId !== null)
      .map((one) => one.flowId ?? '');
    // The bank does not wait for the queue: the hint may be lost, and with the queue away it would never come back.
    if (waiting.length > 0) this.#deps.hint(messageId, waiting).catch(() => undefined);
    return results;
  }

  /**
   * Takes entries of a bank's own statement: same keys, same deliveries as pushed ones. The file is their raw message.
   * @param batch `messageId` names the statement and the row it begins with
   */
  async take(batch: StatementBatch, entries: readonly ReadEntry[]): Promise<EntryResult[]> {
    const results = await this.#store(batch, batch.messageId, entries);
    const waiting = results
      .filter((one) => one.result !== 'duplicate' && one.flowId !== null)
      .map((one) => one.flowId ?? '');
    if (waiting.length > 0) this.#deps.hint(batch.messageId, waiting).catch(() => undefined);
    return results;
  }

  /** Reads a quarantined message again after a fix; entries that were stored before come back as duplicates. */
  async replay(messageId: string, by: string): Promise<EntryResult[]> {
    const kept = await BankMessageModel.findById(messageId).lean();
    if (kept === null) throw new DomainError('NOT_FOUND', `message ${messageId} is not in the inbox`);
    const raw = bytesOf(kept.raw);
    const read = readMessage(raw, kept.bankId, await this.#profileOf(kept.bankId));
    if (read.kind !== 'entries')
      throw new DomainError('STILL_UNREADABLE', 'the message still cannot be read');
    const message = { bankId: kept.bankId, feedUserId: kept.feedUserId, webhookId: kept.webhookId, raw };
    const results = await this.#store(message, messageId, read.entries);
    const unread = read.entries.flatMap((entry, index) => (entry.ok ? [] : [`${messageId}~${index}`]));
    await QuarantineModel.updateMany(
      { messageId, state: 'open', _id: { $nin: unread } },
      { $set: { state: 'replayed', closedBy: by } },
    );
    await BankMessageModel.updateOne({ _id: messageId }, { $set: { state: 'replayed' } });
    return results;
  }

  /** @param unreadable why the whole message cannot be read; null = its entries follow before it is acknowledged */
  async #keepRaw(message: IncomingMessage, messageId: string, unreadable: string | null): Promise<void> {
    const rawHash = createHash('sha256').update(message.raw).digest('hex');
    const { bankId, feedUserId, webhookId, raw } = message;
    const receivedAt = this.#deps.now();
    const state = unreadable === null ? 'stored' : 'quarantined';
    const isNew = await this.#insertMessage({
      _id: messageId,
      bankId,
      feedUserId,
      webhookId,
      raw,
      rawHash,
      receivedAt,
      state,
      reason: unreadable,
      others: [],
    });
    if (isNew) return;
    const kept = await BankMessageModel.findById(messageId, { rawHash: 1 }).lean();
    if (kept?.rawHash === rawHash) return;
    await BankMessageModel.updateOne(
      { _id: messageId, 'others.rawHash': { $ne: rawHash } },
      { $push: { others: { rawHash, raw, receivedAt } } },
    );
    await this.#deps.alert({ rule: 'E07', level: 'yellow', subject: messageId, responsibleOrgId: bankId });
    throw new DomainError('MESSAGE_ID_REUSED', 'this webhook-id came with another body');
  }

  /** @returns false when the message id is known */
  async #insertMessage(message: BankMessage): Promise<boolean> {
    if (message.raw.length <= joinsUpTo.bytes) return this.#joinMessages(message);
    const [isNew = false] = await insertEach(BankMessageModel, [message]);
    return isNew;
  }

  /** @returns for each flow whether it is new */
  async #insertFlows(flows: readonly InboxFlow[]): Promise<boolean[]> {
    if (flows.length > joinsUpTo.flows) return insertEach(InboxFlowModel, flows);
    return Promise.all(flows.map((flow) => this.#joinFlows(flow)));
  }

  async #profileOf(bankId: string): Promise<BankProfile | null> {
    return this.#deps.profileOf === undefined ? null : this.#deps.profileOf(bankId);
  }

  async #quarantineWhole(message: IncomingMessage, messageId: string, reason: string): Promise<EntryResult> {
    await this.#quarantine([{ messageId, bankId: message.bankId, index: -1, reason }]);
    return { serialNo: '', flowId: null, result: 'quarantined', reason };
  }

  async #store(
    message: Sender,
    messageId: string,
    entries: readonly (ReadEntry | UnreadEntry)[],
  ): Promise<EntryResult[]> {
    const unread = entries.flatMap((entry, index) =>
      entry.ok ? [] : [{ messageId, bankId: message.bankId, index, reason: entry.reason }],
    );
    await this.#quarantine(unread);
    const read = entries.filter((entry) => entry.ok);
    const isNew = await this.#insertNew(message, messageId, read);
    const results: EntryResult[] = [];
    const seen = new Set<string>();
    for (const entry of entries) {
      if (!entry.ok)
        results.push({ serialNo: entry.serialNo, flowId: null, result: 'quarantined', reason: entry.reason });
      else if (isNew.has(entry.flowKey) && !seen.has(entry.flowKey)) results.push(told(entry, 'accepted'));
      else results.push(told(entry, await this.#again(entry, messageId)));
      if (entry.ok) seen.add(entry.flowKey);
    }
    return results;
  }

  async #quarantine(
    rows: readonly { messageId: string; bankId: string; index: number; reason: string }[],
  ): Promise<void> {
    if (rows.length === 0) return;
    const at = this.#deps.now();
    const writes = rows.map((row) => ({
      updateOne: {
        filter: { _id: `${row.messageId}~${row.index}` },
        update: { $setOnInsert: { ...row, state: 'open', at } },
        upsert: true,
      },
    }));
    await QuarantineModel.bulkWrite(writes, { ordered: false });
  }

  /** Inserts what is new; the unique key decides, not a read before it. Returns the keys inserted now. */
  async #insertNew(message: Sender, messageId: string, entries: readonly ReadEntry[]): Promise<Set<string>> {
    const first = new Map(entries.toReversed().map((entry) => [entry.flowKey, entry]));
    const documents = [...first.values()].map((entry) => this.#document(message, messageId, entry));
    if (documents.length === 0) return new Set();
    const isNew = await this.#insertFlows(documents);
    return new Set(documents.filter((_, at) => isNew[at]).map((one) => one._id));
  }

  #document(message: Sender, messageId: string, entry: ReadEntry): InboxFlow {
    const now = this.#deps.now();
    return {
      _id: entry.flowKey,
      bankId: message.bankId,
      feedUserId: message.feedUserId,
      serialNo: entry.serialNo,
      bookingDate: entry.flow.bookingDate,
      contentHash: entry.contentHash,
      status: statusOf(entry),
      state: 'open',
      deliveries: [delivery('flow', entry, messageId)],
      receivedAt: now,
      attempts: 0,
      nextAttemptAt: now,
      lastError: null,
    };
  }

  /** Another entry on a known key: a repeat, a new status, a sighting or a conflict; each kept once. */
  async #again(entry: ReadEntry, messageId: string): Promise<EntryResult['result']> {
    const known = await InboxFlowModel.findById(entry.flowKey, {
      contentHash: 1,
      status: 1,
      'deliveries.entryHash': 1,
    }).lean();
    if (known === null) throw new Error(`flow ${entry.flowKey} vanished from the inbox`);
    const kind = kindOfRepeat(known, entry);
    const isKnown = known.deliveries.some((one) => one.entryHash === entry.entryHash);
    if (!isKnown) await this.#append(entry, kind, messageId);
    if (kind === 'conflict') return 'conflict';
    return kind === 'status' && !isKnown ? 'accepted' : 'duplicate';
  }

  async #append(entry: ReadEntry, kind: Delivery['kind'], messageId: string): Promise<void> {
    const set = {
      state: 'open',
      nextAttemptAt: this.#deps.now(),
      ...(kind === 'status' ? { status: statusOf(entry) } : {}),
    };
    await InboxFlowModel.updateOne(
      { _id: entry.flowKey, 'deliveries.entryHash': { $ne: entry.entryHash } },
      { $push: { deliveries: delivery(kind, entry, messageId) }, $set: set },
    );
  }
}

function told(entry: ReadEntry, result: EntryResult['result']): EntryResult {
  return {
    serialNo: entry.serialNo,
    flowId: entry.flowKey,
    result,
    ...(result === 'conflict' ? { reason: 'same key, other content' } : {}),
  };
}

function delivery(kind: Delivery['kind'], entry: ReadEntry, messageId: string): Delivery {
  return {
    kind,
    entryHash: entry.entryHash,
    messageId,
    flow: JSON.stringify(entry.flow),
    drop: entry.drop,
    state: 'new',
    txId: null,
    outcome: null,
  };
}

function bytesOf(raw: unknown): Buffer {
  const binary = raw as { buffer?: Uint8Array };
  return Buffer.isBuffer(raw) ? raw : Buffer.from(binary.buffer ?? new Uint8Array());
}
