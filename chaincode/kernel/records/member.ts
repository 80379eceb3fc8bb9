/** Organisations, users and bank accounts as the `member` contract keeps them. No personal data: a user is an id. */
import { z } from 'zod';
import { accountText, act, divisionText, idText, opinionText, post, requestId, role } from './common.ts';

export const organisation = z.object({
  id: idText,
  name: z.string().min(1).max(100),
  roles: z.array(role).min(1),
  mspId: z.string(),
  division: divisionText,
  level: z.enum(['province', 'city', 'county']),
  uscc: z.string().nullable(),
  /** SM2 public key, uncompressed hex `04…`, of an organisation that signs drafts; null otherwise. */
  issuerPublicKey: z
    .string()
    .regex(/^04[0-9a-f]{128}$/)
    .nullable(),
  state: z.enum(['ACTIVE', 'DISABLED']),
  registered: act,
});
/** A member organisation. */
export type Organisation = z.infer<typeof organisation>;

export const user = z.object({
  id: idText,
  orgId: idText,
  role,
  posts: z.array(post),
  mspId: z.string(),
  division: divisionText,
  state: z.enum(['PENDING', 'ACTIVE', 'DISABLED']),
  registered: act,
  activated: act.nullable(),
  disabled: act.nullable(),
});
/** A user of an organisation, as the ledger knows him. */
export type User = z.infer<typeof user>;

export const account = z.object({
  bankId: idText,
  account: accountText,
  bankNo: z.string().regex(/^\d{12}$/),
  name: z.string().min(1).max(100),
  orgId: idText,
  purpose: z.enum(['source', 'fund', 'county', 'unit']),
  state: z.enum(['PROPOSED', 'CONFIRMED', 'CLOSED']),
  proposed: act,
  confirmed: act.nullable(),
  closed: act.nullable(),
});
/** A bank account of an organisation. */
export type Account = z.infer<typeof account>;

/** Arguments, by function. */
export const memberArgs = {
  /** The first transaction of a channel: the operator's organisation with its three administrators and the machine user. */
  bootstrap: z.object({
    requestId,
    organisation: organisation.pick({ id: true, name: true, division: true, uscc: true }),
    users: z.object({ sysAdmin: idText, secAdmin: idText, logAdmin: idText, platform: idText }),
  }),
  registerOrganisation: organisation
    .omit({ mspId: true, state: true, registered: true })
    .extend({ requestId }),
  /** sys-admin registers (PENDING); sec-admin activates (domain.md 6.2). */
  registerUser: z.object({ requestId, id: idText, orgId: idText, role, posts: z.array(post) }),
  activateUser: z.object({ requestId, id: idText }),
  disable: z.object({ requestId, kind: z.enum(['user', 'organisation']), id: idText, reason: opinionText }),
  registerAccount: account
    .pick({ bankId: true, account: true, bankNo: true, name: true, orgId: true, purpose: true })
    .extend({ requestId }),
  confirmAccount: z.object({ requestId, bankId: idText, account: accountText }),
  closeAccount: z.object({ requestId, bankId: idText, account: accountText, reason: opinionText }),
};

/** What may be asked; lists are cut to the caller's scope. */
export const memberQueryArgs = {
  query: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('me') }),
    z.object({ kind: z.literal('organisation'), id: idText }),
    z.object({ kind: z.literal('organisations') }),
    z.object({ kind: z.literal('user'), id: idText }),
    z.object({ kind: z.literal('users'), orgId: idText }),
    z.object({ kind: z.literal('account'), bankId: idText, account: accountText }),
    z.object({ kind: z.literal('accounts'), orgId: idText }),
  ]),
};
