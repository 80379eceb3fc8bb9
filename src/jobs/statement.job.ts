/** Reads statements that wait, and carries confirmed ones to the inbox; what a crash broke off is taken up again here. */
import type { StatementService } from '../models/statement/statement.service.ts';

/** Statements that one sweep works on. */
const sweepLimit = 5;

/** Works on every statement that nobody works on. @returns how many there were */
export async function sweepStatements(statements: StatementService): Promise<number> {
  const waiting = await statements.waiting(sweepLimit);
  for (const id of waiting) await statements.work(id);
  return waiting.length;
}
