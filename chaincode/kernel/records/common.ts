/** The shapes that several ledger records and arguments share. On-chain formats only gain optional fields. */
import { z } from 'zod';

/** Fen as a decimal string without sign or leading zeros; at most 18 digits. */
export const fenText = z.string().regex(/^(0|[1-9]\d{0,17})$/);
/** A positive amount of fen. */
export const positiveFenText = z.string().regex(/^[1-9]\d{0,17}$/);
/** A calendar date in Beijing, YYYY-MM-DD. */
export const dateText = z.iso.date();
/** An identifier chosen outside the ledger. */
export const idText = z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/);
/** Lower-case hex SHA-256. */
export const hashText = z.string().regex(/^[0-9a-f]{64}$/);
/** An administrative division: 2 (province), 4 (prefecture), 6 (county) or 9 (township) digits. */
export const divisionText = z.string().regex(/^(\d{2}|\d{4}|\d{6}|\d{9})$/);
/** A bank's serial number in normal form: upper case, no spaces. */
export const serialText = z.string().regex(/^[0-9A-Z_./-]{1,64}$/);
/** An account number in normal form: digits only. */
export const accountText = z.string().regex(/^\d{5,32}$/);
/** An opinion, a reason: plain text of 1 to 500 characters. */
export const opinionText = z.string().trim().min(1).max(500);

/** One code per role everywhere: spec "product", People. */
export const roles = [
  'sys-admin',
  'sec-admin',
  'log-admin',
  'leading-office',
  'province-finance',
  'county-command',
  'local-finance',
  'bank-investor',
  'bank-feed',
  'partnership',
  'county-fund-company',
  'implementing-unit',
  'auditor',
  'platform',
] as const;
export const role = z.enum(roles);
/** The role of a person or machine; each has exactly one. */
export type Role = z.infer<typeof role>;

/** The three administrators: they see no amounts and hold no business role (R4). */
export const administrators: readonly Role[] = ['sys-admin', 'sec-admin', 'log-admin'];
/** Roles whose organisations pay legs, returns by the unit among them; which leg is one's own is decided per leg (R2). */
export const payingRoles: readonly Role[] = [
  'province-finance',
  'local-finance',
  'bank-investor',
  'partnership',
  'county-fund-company',
  'implementing-unit',
];
/** Roles that do business: everyone but the administrators, the auditor and the machine roles. */
export const businessRoles: readonly Role[] = ['leading-office', 'county-command', ...payingRoles];
/** Roles that organisations outside the operator have, the auditor and the banks' machines among them. */
export const organisationRoles: readonly Role[] = roles.filter(
  (one) => one !== 'platform' && !administrators.includes(one),
);

/** 经办 / 复核 / 审批. */
export const posts = ['handle', 'check', 'decide'] as const;
export const post = z.enum(posts);
/** A post within an organisation: handles, checks or decides. */
export type Post = z.infer<typeof post>;

/** The MSP each role's organisations belong to. */
export const mspOfRole: Readonly<Record<Role, 'ProvinceMSP' | 'CountyMSP' | 'BankMSP'>> = {
  'sys-admin': 'ProvinceMSP',
  'sec-admin': 'ProvinceMSP',
  'log-admin': 'ProvinceMSP',
  'leading-office': 'ProvinceMSP',
  'province-finance': 'ProvinceMSP',
  partnership: 'ProvinceMSP',
  auditor: 'ProvinceMSP',
  platform: 'ProvinceMSP',
  'county-command': 'CountyMSP',
  'local-finance': 'CountyMSP',
  'county-fund-company': 'CountyMSP',
  'implementing-unit': 'CountyMSP',
  'bank-investor': 'BankMSP',
  'bank-feed': 'BankMSP',
};

/** A bank account as frozen into a plan. `bankId` is the organisation id of the bank, `bankNo` the 12-digit CNAPS number. */
export const accountRef = z.object({
  orgId: idText,
  bankId: idText,
  bankNo: z.string().regex(/^\d{12}$/),
  account: accountText,
  name: z.string().min(1).max(100),
});
export type AccountRef = z.infer<typeof accountRef>;

/** Who did something: certificate common name and organisation; `at` is the transaction timestamp, recorded only. */
export const act = z.object({ by: idText, orgId: idText, at: z.iso.datetime(), txId: z.string() });
export type Act = z.infer<typeof act>;

/** Every submitted argument carries the id that makes a repeat return the first result. */
export const requestId = z.string().regex(/^[A-Za-z0-9_.:-]{8,80}$/);
/** What every submit returns besides its own fields. REFUSED commits with its alert. */
export type Outcome = 'DONE' | 'REFUSED';
