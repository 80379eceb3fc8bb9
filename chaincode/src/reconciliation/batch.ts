/** Batch entries: the line that sums several payments up, and its parts under the same serial with sub-indices from 1. */
import type { DecideInput } from '#kernel/decide.ts';
import { keyParts } from '#kernel/records/keys.ts';
import type { Flow } from '#kernel/records/reconciliation.ts';
import type { Book, Movement } from './book.ts';

/** Under this key stand the booked parts of a batch, before or after its line has come. */
function partsKey({ bankId, account, bookingDate, serialNo }: Flow): string[] {
  return [bankId, `BATCH:${serialNo}`, bookingDate, account];
}

/** Whether a flow is one part of a batch. */
export function isPart({ subIndex, direction, reversal }: Flow): boolean {
  return subIndex > 0 && direction === 'DBIT' && !reversal;
}

/**
 * Notes a booked line or part; any other flow is none of its business.
 * @returns the flow keys of all parts when this one makes the batch whole, or more than whole: they are decided now
 */
export async function noteBatch(book: Book, movement: Movement): Promise<readonly string[]> {
  const { flow } = movement;
  if (flow.batch !== true && !isPart(flow)) return [];
  if (flow.batch === true) markLine(book, movement);
  const { flowKeys, sum } = await noteParts(book, movement);
  const line = await lineOf(book, flow);
  return line !== null && sum >= BigInt(line.flow.amountFen) ? flowKeys : [];
}

function markLine(book: Book, { outcome, key }: Movement): void {
  outcome.state = 'BATCH';
  outcome.decided = book.act;
  book.touchFlow(key);
}

/** The parts that are there, this one among them, and how much they are together. */
async function noteParts(
  book: Book,
  { flow, key }: Movement,
): Promise<{ flowKeys: readonly string[]; sum: bigint }> {
  const noted = await book.tx.get('FLOWIDX', partsKey(flow));
  const before = { flowKeys: noted?.flowKeys ?? [], sum: BigInt(noted?.sumFen ?? '0') };
  if (!isPart(flow) || before.flowKeys.includes(key)) return before;
  const flowKeys = [...before.flowKeys, key].sort();
  const sum = before.sum + BigInt(flow.amountFen);
  book.tx.put('FLOWIDX', partsKey(flow), { flowKey: key, flowKeys, sumFen: String(sum) });
  return { flowKeys, sum };
}

/** What a decision about a part must know of its batch; undefined for a flow that is none. */
export async function batchOf(book: Book, { flow }: Movement): Promise<DecideInput['batch']> {
  if (!isPart(flow)) return undefined;
  const noted = await book.tx.get('FLOWIDX', partsKey(flow));
  const line = await lineOf(book, flow);
  return { lineFen: line?.flow.amountFen ?? null, partsFen: noted?.sumFen ?? '0' };
}

/** The booked line of the batch that a part belongs to. */
async function lineOf(book: Book, flow: Flow): Promise<Movement | null> {
  const line = await book.movement(keyParts.FLOW({ ...flow, direction: 'DBIT', subIndex: 0 }).join('~'));
  return line?.flow.batch === true && line.outcome.status === 'BOOK' ? line : null;
}
