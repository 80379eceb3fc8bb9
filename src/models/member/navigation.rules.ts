/** Which pages a person finds in the navigation. */
import { administrators, businessRoles, type Role } from '#kernel/records/common.ts';

/** An entry: message key, icon, key of `paths`. */
export interface NavigationEntry {
  readonly key: `nav.${string}`;
  readonly icon: string;
  readonly page: string;
}

const business: readonly Role[] = [...businessRoles, 'auditor'];
const everybody: readonly Role[] = [...business, ...administrators];

const entries: readonly (NavigationEntry & { readonly roles: readonly Role[] })[] = [
  { key: 'nav.home', icon: 'home', page: 'home', roles: everybody },
  { key: 'nav.projects', icon: 'file-text', page: 'projects', roles: business },
  {
    key: 'nav.approvals',
    icon: 'checkbox',
    page: 'approvals',
    roles: ['leading-office', 'county-command', 'local-finance', 'province-finance'],
  },
  { key: 'nav.drafts', icon: 'ticket', page: 'drafts', roles: business },
  {
    key: 'nav.disbursement',
    icon: 'cash',
    page: 'disbursement',
    roles: [
      'leading-office',
      'county-command',
      'county-fund-company',
      'implementing-unit',
      'local-finance',
      'partnership',
      'auditor',
    ],
  },
  {
    key: 'nav.reconciliation',
    icon: 'arrows-exchange',
    page: 'reconciliation',
    roles: [
      'leading-office',
      'province-finance',
      'local-finance',
      'bank-investor',
      'partnership',
      'county-fund-company',
      'auditor',
    ],
  },
  { key: 'nav.alerts', icon: 'alert-triangle', page: 'alerts', roles: business },
  {
    key: 'nav.trace',
    icon: 'git-fork',
    page: 'trace',
    roles: ['leading-office', 'province-finance', 'local-finance', 'auditor'],
  },
  {
    key: 'nav.funds',
    icon: 'building-bank',
    page: 'funds',
    roles: ['leading-office', 'province-finance', 'local-finance', 'bank-investor', 'partnership', 'auditor'],
  },
  { key: 'nav.chain', icon: 'box', page: 'chain', roles: everybody },
  { key: 'nav.members', icon: 'users', page: 'members', roles: [...administrators, 'auditor'] },
  { key: 'nav.banks', icon: 'plug', page: 'banks', roles: ['sys-admin', 'sec-admin'] },
  { key: 'nav.operations', icon: 'activity', page: 'operations', roles: ['sys-admin', 'log-admin'] },
  { key: 'nav.help', icon: 'help-circle', page: 'help', roles: everybody },
];

/** The entries a role may open, in order. */
export function navigationOf(role: Role): readonly NavigationEntry[] {
  return entries.filter((one) => one.roles.includes(role));
}
