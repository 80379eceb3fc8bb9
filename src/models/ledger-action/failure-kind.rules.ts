/** What kind of failure a machine's ledger action met, which decides whether trying again can help. */
import { DomainError, InfrastructureError } from '../kernel/errors.ts';

/** `refused`: the contract said no, an operator must look; `away`: try for ever; `broken`: try a few times. */
export function failureKind(cause: unknown): 'refused' | 'away' | 'broken' {
  if (cause instanceof DomainError) return 'refused';
  return cause instanceof InfrastructureError ? 'away' : 'broken';
}
