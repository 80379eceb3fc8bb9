/** The plan's form: what was chosen in it, and what the ledger found wrong with it, in words. */
import { z } from 'zod';
import type { SpecialRule } from '#kernel/records/draft.ts';
import { label, refusalText } from '../messages/index.ts';
import { InputError, type DomainError } from '../models/kernel/errors.ts';
import type { PlanChoices } from '../models/project/approval.service.ts';
import { readSpecialRules } from '../models/project/special-rule.rules.ts';

const planFaults = z.object({ faults: z.array(z.object({ legId: z.string(), field: z.string() })) });

/** Deadlines by leg and accounts by organisation, as posted. */
export function choicesOf(
  posted: Readonly<Record<string, unknown>>,
): Pick<PlanChoices, 'deadlines' | 'accounts'> {
  const under = (prefix: string): Record<string, string> =>
    Object.fromEntries(
      Object.entries(posted).flatMap(([name, value]) =>
        name.startsWith(prefix) && typeof value === 'string' ? [[name.slice(prefix.length), value]] : [],
      ),
    );
  return { deadlines: under('deadline-'), accounts: under('account-') };
}

/** The special rules, as posted. @throws InputError for what is no rule */
export function rulesOf(posted: Readonly<Record<string, unknown>>): SpecialRule[] {
  const read = readSpecialRules(posted);
  if ('errors' in read) throw new InputError(read.errors);
  return read.rules;
}

/** The refusal in words, with the fields of the plan that the contract names. */
export function planProblemText({ code, details }: DomainError): string {
  const faults = planFaults.safeParse(details);
  if (!faults.success) return refusalText(code);
  const named = faults.data.faults.map(({ legId, field }) =>
    `${legId} ${label(`planFault.${field}`)}`.trim(),
  );
  return `${refusalText(code)} ${named.join('；')}`;
}
