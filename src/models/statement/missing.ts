/** Finds flows that were pushed for a statement's account and period, and that the statement does not have. */
import { InboxFlowModel, type InboxFlow } from '../inbox/inbox.schema.ts';
import { StatementRowModel } from './statement.schema.ts';

/** The account and days that a statement covers. */
export interface CoveredPeriod {
  readonly statementId: string;
  readonly bankId: string;
  readonly account: string;
  /** Of a whole period; a notice of single entries lacks nothing. */
  readonly complete: boolean;
  readonly from: string | null;
  readonly to: string | null;
}

/** Keys that are kept with the statement; the count tells the rest. */
const keptKeys = 200;
const chunk = 500;

/** @returns how many booked flows are missing, and the first of them by key */
export async function missingFlows(period: CoveredPeriod): Promise<{ keys: string[]; count: number }> {
  const { bankId, account, complete, from, to, statementId } = period;
  const found: { keys: string[]; count: number } = { keys: [], count: 0 };
  if (!complete || from === null || to === null) return found;
  const prefix = `${bankId}~${account}~`;
  const cursor = InboxFlowModel.find(
    // `~` ends each part of a key and sorts behind every character that a part may hold.
    { _id: { $gte: prefix, $lt: `${prefix}~` }, bookingDate: { $gte: from, $lte: to }, status: 'BOOK' },
    { 'deliveries.flow': 1 },
  )
    .sort({ _id: 1 })
    .lean<Pick<InboxFlow, '_id' | 'deliveries'>>()
    .cursor({ batchSize: chunk });
  let keys: string[] = [];
  const compare = async (): Promise<void> => {
    const rows = await StatementRowModel.find({ statementId, flowKey: { $in: keys } }, { flowKey: 1 }).lean();
    const has = new Set(rows.map((one) => one.flowKey));
    const lacking = keys.filter((key) => !has.has(key));
    found.count += lacking.length;
    found.keys.push(...lacking.slice(0, keptKeys - found.keys.length));
    keys = [];
  };
  for await (const flow of cursor) {
    // The line of a batch is no movement beside its parts, and statements give the parts.
    if (flow.deliveries[0]?.flow.includes('"batch":true') === true) continue;
    if (keys.push(flow._id) >= chunk) await compare();
  }
  await compare();
  return found;
}
