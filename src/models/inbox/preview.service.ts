/** Tells a bank what the platform understands of a message, entry by entry, and stores nothing. */
import { createHash } from 'node:crypto';
import type { Flow } from '#kernel/records/reconciliation.ts';
import type { BankProfile } from '../bank-profile/bank-profile.rules.ts';
import type { ReadModels } from '../read-model/read-models.ts';
import { BankMessageModel, InboxFlowModel, type InboxFlow } from './inbox.schema.ts';
import { kindOfRepeat, statusOf } from './repeat.rules.ts';
import { readMessage, type ReadEntry, type UnreadEntry } from './wire.rules.ts';

/** What would become of one entry, and how it was read. */
export interface EntryPreview {
  readonly index: number;
  readonly serialNo: string;
  readonly wouldBe: 'accepted' | 'duplicate' | 'conflict' | 'quarantined';
  readonly reason: string | null;
  readonly flowId: string | null;
  /** The entry in normal form: what the reconciliation would compare. */
  readonly understood: Omit<Flow, 'rawHash'> | null;
  /** Whether the bank's own account of the entry is registered and confirmed at this bank; an entry on another account is kept but matches nothing. */
  readonly ownAccountRegistered: boolean | null;
}

/** What would become of a message. */
export interface MessagePreview {
  /** Status that `POST /flows` would answer. */
  readonly wouldAnswer: 202 | 403 | 409 | 413;
  readonly reason: string | null;
  readonly entries: readonly EntryPreview[];
}

type Known = Pick<InboxFlow, '_id' | 'contentHash' | 'status'> & {
  readonly deliveries: readonly { readonly entryHash: string }[];
};

/** A dry run of the inbox. */
export class PreviewService {
  readonly #models: Pick<ReadModels, 'bankAccount'>;
  readonly #profileOf: (bankId: string) => Promise<BankProfile | null>;

  /** @param profileOf the bank's own profile, by which its words are read */
  constructor(
    models: Pick<ReadModels, 'bankAccount'>,
    profileOf: (bankId: string) => Promise<BankProfile | null> = () => Promise.resolve(null),
  ) {
    this.#models = models;
    this.#profileOf = profileOf;
  }

  /** Reads an authenticated message as `POST /flows` would. */
  async preview(message: { bankId: string; webhookId: string; raw: Buffer }): Promise<MessagePreview> {
    const read = readMessage(message.raw, message.bankId, await this.#profileOf(message.bankId));
    if (read.kind === 'too-many') return refused(413, 'more than 500 entries');
    if (read.kind === 'wrong-bank') return refused(403, 'the message names another bank');
    if (await isReused(message)) return refused(409, 'this webhook-id came with another body');
    if (read.kind === 'unreadable')
      return {
        wouldAnswer: 202,
        reason: null,
        entries: [unread(0, { ok: false, serialNo: '', reason: read.reason })],
      };
    return { wouldAnswer: 202, reason: null, entries: await this.#entries(message.bankId, read.entries) };
  }

  async #entries(bankId: string, entries: readonly (ReadEntry | UnreadEntry)[]): Promise<EntryPreview[]> {
    const readable = entries.filter((entry) => entry.ok);
    const found = await InboxFlowModel.find(
      { _id: { $in: readable.map((one) => one.flowKey) } },
      { contentHash: 1, status: 1, 'deliveries.entryHash': 1 },
    ).lean<Known[]>();
    const known = new Map(found.map((one) => [one._id, one]));
    const accounts = await this.#models.bankAccount
      .find({ bankId, state: 'CONFIRMED', account: { $in: readable.map((one) => one.flow.account) } })
      .lean();
    const registered = new Set(accounts.map((one) => one.account));
    return entries.map((entry, index) => {
      if (!entry.ok) return unread(index, entry);
      const told = understood(index, entry, known.get(entry.flowKey));
      // The next entry of the same message under this key meets this one.
      known.set(entry.flowKey, afterwards(entry, known.get(entry.flowKey)));
      return { ...told, ownAccountRegistered: registered.has(entry.flow.account) };
    });
  }
}

async function isReused({
  bankId,
  webhookId,
  raw,
}: {
  bankId: string;
  webhookId: string;
  raw: Buffer;
}): Promise<boolean> {
  const kept = await BankMessageModel.findById(`${bankId}~${webhookId}`, { rawHash: 1 }).lean();
  return kept !== null && kept.rawHash !== createHash('sha256').update(raw).digest('hex');
}

function refused(wouldAnswer: MessagePreview['wouldAnswer'], reason: string): MessagePreview {
  return { wouldAnswer, reason, entries: [] };
}

function unread(index: number, { serialNo, reason }: UnreadEntry): EntryPreview {
  return {
    index,
    serialNo,
    wouldBe: 'quarantined',
    reason,
    flowId: null,
    understood: null,
    ownAccountRegistered: null,
  };
}

function understood(index: number, entry: ReadEntry, known: Known | undefined): EntryPreview {
  const { rawHash: _, ...flow } = entry.flow;
  const kind = known === undefined ? 'flow' : kindOfRepeat(known, entry);
  const isRepeat = known?.deliveries.some((one) => one.entryHash === entry.entryHash) ?? false;
  const isNews = kind === 'flow' || (kind === 'status' && !isRepeat);
  return {
    index,
    serialNo: entry.serialNo,
    wouldBe: kind === 'conflict' ? 'conflict' : isNews ? 'accepted' : 'duplicate',
    reason: kind === 'conflict' ? 'same key, other content' : null,
    flowId: entry.flowKey,
    understood: flow,
    ownAccountRegistered: null,
  };
}

function afterwards(entry: ReadEntry, known: Known | undefined): Known {
  const deliveries = [...(known?.deliveries ?? []), { entryHash: entry.entryHash }];
  if (known !== undefined && kindOfRepeat(known, entry) !== 'status') return { ...known, deliveries };
  return {
    _id: entry.flowKey,
    contentHash: known?.contentHash ?? entry.contentHash,
    status: statusOf(entry),
    deliveries,
  };
}
