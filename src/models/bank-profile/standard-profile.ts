/** The profile of a bank that has none of its own: data in standard.json, checked when it is loaded. */
import { bankProfile, type BankProfile } from './bank-profile.rules.ts';
import standard from './standard.json' with { type: 'json' };

/** Words and forms that most banks use. */
export const standardProfile: BankProfile = bankProfile.parse(standard);
