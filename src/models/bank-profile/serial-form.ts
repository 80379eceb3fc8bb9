/** Refuses a serial number that the payer's bank cannot have written, before anything goes to the ledger. */
import { t } from '../../messages/index.ts';
import { InputError } from '../kernel/errors.ts';
import { hasSerialForm } from './bank-profile.rules.ts';
import { ownProfileOf } from './bank-profile.service.ts';

/**
 * Only a bank's own profile refuses: the standard one fits no bank for sure.
 * @throws InputError on `serialNo`, which names the bank's form with its example
 */
export async function requireSerialForm(bankId: string, serialNo: string): Promise<void> {
  const own = await ownProfileOf(bankId);
  if (own === null || hasSerialForm(own, serialNo)) return;
  const { title, serialPattern: form, serialExample } = own;
  const example = serialExample === '' ? '' : t('profile.fault.example', { example: serialExample });
  throw new InputError({ serialNo: `${t('profile.fault.serialForm', { title, form })}${example}` });
}
