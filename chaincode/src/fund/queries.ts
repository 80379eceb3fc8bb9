/** What callers may read about funds, calls and calendars: everything, except the administrators, who see no amounts. */
import type { z } from 'zod';
import type { fundQueryArgs } from '#kernel/records/fund.ts';
import { keyParts } from '#kernel/records/keys.ts';
import { requireBusinessSight } from '../scope.ts';
import type { Tx } from '../tx.ts';

/** One fund, call or calendar. */
export async function query(tx: Tx, args: z.infer<typeof fundQueryArgs.query>): Promise<unknown> {
  if (args.kind === 'calendar') return tx.must('CALENDAR', keyParts.CALENDAR(args.year));
  requireBusinessSight(tx.caller);
  if (args.kind === 'fund') return tx.must('FUND', keyParts.FUND(args.id));
  return tx.must('CALL', keyParts.CALL(args.fundId, args.id));
}

/** All funds, the calls of one fund, or all calendars. */
export async function list(tx: Tx, args: z.infer<typeof fundQueryArgs.list>): Promise<unknown> {
  if (args.kind === 'calendars') return tx.range('CALENDAR', []);
  requireBusinessSight(tx.caller);
  return args.kind === 'funds' ? tx.range('FUND', []) : tx.range('CALL', [args.fundId]);
}
