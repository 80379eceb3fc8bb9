/** Says as whom, and for which bank, a person brings a statement; pages and the API ask here. */
import { normalAccount } from '#kernel/normal-form.ts';
import { DomainError, InputError } from '../kernel/errors.ts';
import type { Person } from '../member/person.ts';
import type { StatementPageService } from './statement-page.service.ts';
import { mayBring } from './statement.rules.ts';
import { requireAccount, type BroughtStatement } from './statement.service.ts';

/** Files up to this size are read while the person waits; larger ones by the worker, bytes. */
export const readAtOnce = 1024 * 1024;

/** Who brings what, and for which bank. @throws DomainError ROLE_NOT_ALLOWED; InputError account */
export async function broughtBy(
  pages: StatementPageService,
  person: Person,
  told: { readonly fileName: string; readonly account: string },
): Promise<BroughtStatement> {
  const source = mayBring(person);
  if (source === null) throw new DomainError('ROLE_NOT_ALLOWED', 'may not bring statements');
  const account = requireAccount(normalAccount(told.account));
  const common = { orgId: person.orgId, source, userId: person.userId, fileName: told.fileName, account };
  if (source === 'bank') return { ...common, bankId: person.orgId };
  const own = (await pages.accounts(person, true)).find((one) => one.account === account);
  if (own === undefined) throw new InputError({ account: 'statement.needsAccount' });
  return { ...common, bankId: own.bankId };
}
