/** Organisations and bank accounts. Joining and leaving of people also touches certificates and sign-in accounts: see the members pages. */
import { label } from '../../messages/index.ts';
import { paths } from '../../paths.ts';
import type { BankAccountDoc } from '../member/member.schema.ts';
import type { Person } from '../member/person.ts';
import { administrators, roles } from '#kernel/records/common.ts';
import { pageAction, reasonField, type Choice, type PageAction } from './page-action.ts';

/** The directory is for administrators and auditors; others find their organisation's accounts on their own page. */
const back = (_doc: unknown, _input: unknown, { role }: Person): string =>
  administrators.includes(role) ? paths.members : paths.account;
const businessRoles = roles.filter(
  (role) => !['sys-admin', 'sec-admin', 'log-admin', 'platform', 'bank-feed'].includes(role),
);
const choices = (prefix: string, values: readonly string[]): Choice[] =>
  values.map((value) => ({ value, text: label(`${prefix}.${value}`) }));
const accountSummary = (doc: BankAccountDoc): [['field.account', string], ['field.accountName', string]] => [
  ['field.account', doc.account],
  ['field.accountName', doc.name],
];
/** The security administrator for everybody; others for their own organisation. */
const ofOwner = (doc: BankAccountDoc, { role }: Person): { ownerOrgId?: string } =>
  role === 'sec-admin' ? {} : { ownerOrgId: doc.orgId };
const waiting = (doc: BankAccountDoc): boolean => doc.state === 'PROPOSED';

export const memberActions: readonly (PageAction<'bankAccount'> | PageAction<'none'>)[] = [
  pageAction({
    id: 'member.registerOrganisation',
    kind: 'none',
    title: 'action.member.registerOrganisation',
    icon: 'building-plus',
    contract: 'member',
    fn: 'registerOrganisation',
    situation: () => ({}),
    summary: () => [],
    fields: () => [
      { name: 'id', label: 'field.id', type: 'text', max: 40 },
      { name: 'name', label: 'field.name', type: 'text', max: 100 },
      { name: 'role', label: 'field.role', type: 'select', choices: choices('role', businessRoles) },
      { name: 'division', label: 'field.division', type: 'text', max: 9 },
      {
        name: 'level',
        label: 'field.level',
        type: 'select',
        choices: choices('field.level', ['province', 'city', 'county']),
      },
      { name: 'uscc', label: 'field.uscc', type: 'text', optional: true, max: 18 },
    ],
    // An issuing organisation's key is made first: its public half stands on the ledger from the start.
    args: async (_doc, { role, ...rest }, { issuerKey }) => ({
      ...rest,
      roles: role === 'bank-investor' ? ['bank-investor', 'bank-feed'] : [role],
      uscc: rest.uscc || null,
      issuerPublicKey: role === 'leading-office' ? await issuerKey(rest.id ?? '') : null,
    }),
    back,
  }),
  pageAction({
    id: 'member.registerAccount',
    kind: 'none',
    title: 'action.member.registerAccount',
    icon: 'credit-card',
    contract: 'member',
    fn: 'registerAccount',
    situation: () => ({}),
    summary: () => [],
    fields: async (_doc, { person, models }) => {
      const own = person.role === 'sys-admin' ? {} : { _id: person.orgId };
      const owners = await models.organisation
        .find({ ...own, state: 'ACTIVE' }, { name: 1 })
        .limit(500)
        .lean();
      const banks = await models.organisation
        .find({ roles: 'bank-feed', state: 'ACTIVE' }, { name: 1 })
        .lean();
      const asChoice = (one: { _id: string; name: string }): Choice => ({ value: one._id, text: one.name });
      return [
        { name: 'orgId', label: 'field.organisation', type: 'select', choices: owners.map(asChoice) },
        { name: 'bankId', label: 'field.bank', type: 'select', choices: banks.map(asChoice) },
        { name: 'bankNo', label: 'field.bankNo', type: 'text', max: 12 },
        { name: 'account', label: 'field.account', type: 'account' },
        { name: 'name', label: 'field.accountName', type: 'text', max: 100 },
        {
          name: 'purpose',
          label: 'field.purpose',
          type: 'select',
          choices: choices('field.purpose', ['source', 'fund', 'county', 'unit']),
        },
      ];
    },
    args: (_doc, input) => ({ ...input }),
    back,
  }),
  pageAction<'bankAccount'>({
    id: 'member.confirmAccount',
    kind: 'bankAccount',
    title: 'action.member.confirmAccount',
    icon: 'check',
    contract: 'member',
    fn: 'confirmAccount',
    primary: true,
    applies: waiting,
    situation: (doc, person) => ({
      ...ofOwner(doc, person),
      actedBy: [doc.record.proposed.by],
      stateAllows: waiting(doc),
    }),
    fields: () => [],
    summary: accountSummary,
    args: (doc) => ({ bankId: doc.bankId, account: doc.account }),
    back,
  }),
  pageAction<'bankAccount'>({
    id: 'member.closeAccount',
    kind: 'bankAccount',
    title: 'action.member.closeAccount',
    icon: 'x',
    contract: 'member',
    fn: 'closeAccount',
    applies: (doc) => doc.state !== 'CLOSED',
    situation: (doc, person) => ({ ...ofOwner(doc, person), stateAllows: doc.state !== 'CLOSED' }),
    fields: () => [reasonField],
    summary: accountSummary,
    args: (doc, input) => ({ bankId: doc.bankId, account: doc.account, reason: input.reason }),
    back,
  }),
];
