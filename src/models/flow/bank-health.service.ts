/** How each bank's push is doing: what it forgot, and how long its flows wait for the ledger. */
import { InboxFlowModel, type InboxFlow } from '../inbox/inbox.schema.ts';
import { StatementModel, type Statement } from '../statement/statement.schema.ts';

/** Gaps and lag of one bank. */
export interface BankHealth {
  /** Flows that statements of the last 30 days found and the push had not brought. */
  readonly forgotten: number;
  /** Since when its oldest flow waits for the ledger; null when none does. */
  readonly waitsSince: Date | null;
}

const daysBack = 30;
const dayMs = 86_400_000;
/** Waiting flows that are looked at; they stand in the order in which they are due. */
const lookedAt = 2_000;

/** Health by bank; a bank of which there is nothing to say is not in it. */
export async function bankHealth(now: Date): Promise<ReadonlyMap<string, BankHealth>> {
  const since = new Date(now.getTime() - daysBack * dayMs);
  const [statements, waiting] = await Promise.all([
    StatementModel.find(
      { uploadedAt: { $gte: since }, state: 'imported' },
      { bankId: 1, 'counts.new': 1 },
    ).lean<Pick<Statement, 'bankId' | 'counts'>[]>(),
    InboxFlowModel.find({ state: 'open' }, { bankId: 1, receivedAt: 1 })
      .sort({ nextAttemptAt: 1 })
      .limit(lookedAt)
      .lean<Pick<InboxFlow, 'bankId' | 'receivedAt'>[]>(),
  ]);
  const found = new Map<string, BankHealth>();
  const of = (bankId: string): BankHealth => found.get(bankId) ?? { forgotten: 0, waitsSince: null };
  for (const { bankId, counts } of statements) {
    const health = of(bankId);
    found.set(bankId, { ...health, forgotten: health.forgotten + counts.new });
  }
  for (const { bankId, receivedAt } of waiting) {
    const health = of(bankId);
    const isOlder = health.waitsSince === null || receivedAt < health.waitsSince;
    found.set(bankId, { ...health, waitsSince: isOlder ? receivedAt : health.waitsSince });
  }
  return found;
}
