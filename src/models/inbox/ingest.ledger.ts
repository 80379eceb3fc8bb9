/** The bank's flows in the words of the reconciliation contract: one alone, several in one transaction. */
import type { LedgerActionService } from '../ledger-action/ledger-action.service.ts';

/** One delivery as the contract takes it; the same request id is the same delivery in whatever call. */
export interface IngestEntry {
  readonly requestId: string;
  readonly flow: unknown;
  readonly drop: boolean;
}

/** What became of an entry: the transaction that took it in, and where the flow stands. */
export interface Ingested {
  readonly transactionId: string;
  readonly outcome: string;
}

/**
 * Submits entries of one bank under its feed identity, in one transaction: all of them or none.
 * @throws as LedgerActionService
 */
export type SubmitEntries = (
  feedUserId: string,
  entries: readonly IngestEntry[],
) => Promise<readonly Ingested[]>;

interface Reply {
  readonly state?: string;
  readonly ingest?: string;
}

/** How entries reach the ledger: one as `ingest`, several as `ingestAll`. */
export function entriesTo(actions: Pick<LedgerActionService, 'submit'>): SubmitEntries {
  return async (feedUserId, entries) => {
    const [only] = entries;
    if (only !== undefined && entries.length === 1) {
      const call = { contract: 'reconciliation', fn: 'ingest', args: { ...only } };
      const { transactionId, result } = await actions.submit<Reply>(feedUserId, call);
      return [{ transactionId, outcome: outcomeOf(result) }];
    }
    const call = { contract: 'reconciliation', fn: 'ingestAll', args: { entries } };
    const { transactionId, result } = await actions.submit<{ replies?: Reply[] }>(feedUserId, call);
    return entries.map((_, at) => ({ transactionId, outcome: outcomeOf(result.replies?.[at]) }));
  };
}

function outcomeOf(reply: Reply | undefined): string {
  return reply?.state ?? reply?.ingest ?? '';
}
