/**
 * The permission matrix of the specification (domain 1.5, rows 1 and 5–17), written down by hand: per action, which role may with
 * which post. 经 = handle, 核 = check, 批 = decide; 看, 全 and · are a refusal, so they are not named.
 */
import type { Post, Role } from '#kernel/records/common.ts';

/** A line of the matrix. */
export interface RightsRow {
  readonly row: number;
  /** Key of the case that tries it. */
  readonly action: string;
  /** Roles that may, each with the posts of which one is needed; any of its people where none is. */
  readonly may: Partial<Record<Role, readonly Post[]>>;
  /** "payer of the leg only", "own": of these roles only people of this organisation. */
  readonly only?: string;
}

const business: readonly Role[] = [
  'leading-office',
  'province-finance',
  'county-command',
  'local-finance',
  'bank-investor',
  'partnership',
  'county-fund-company',
  'implementing-unit',
];
const everyBusinessRole = Object.fromEntries(business.map((role) => [role, []])) as RightsRow['may'];
const handle: readonly Post[] = ['handle'];
const check: readonly Post[] = ['check'];
const decide: readonly Post[] = ['decide'];

/** Row 15 (按需拨付申请) has no acts of its own: it is rows 13 and 14 on a milestone, and an office's word over the limit row 7. */
export const rightsTable: readonly RightsRow[] = [
  { row: 1, action: 'organisation is registered', may: { 'sys-admin': [] } },
  { row: 1, action: 'user is registered', may: { 'sys-admin': [] } },
  { row: 1, action: 'user is activated', may: { 'sec-admin': [] } },
  { row: 1, action: 'user is disabled', may: { 'sys-admin': [], 'sec-admin': [] } },
  { row: 5, action: 'project is applied for', may: { 'county-command': handle } },
  { row: 6, action: 'county checks', may: { 'county-command': check } },
  { row: 6, action: 'finance countersigns', may: { 'local-finance': check } },
  { row: 7, action: 'office reviews', may: { 'leading-office': check } },
  { row: 7, action: 'office approves', may: { 'leading-office': decide } },
  { row: 7, action: 'office rejects', may: { 'leading-office': decide } },
  { row: 8, action: 'draft is issued again', may: { 'leading-office': decide } },
  { row: 9, action: 'leg F1 is registered', may: { 'province-finance': handle }, only: 'pfd' },
  { row: 9, action: 'leg F2 is registered', may: { 'local-finance': handle }, only: 'lfb-5226' },
  { row: 10, action: 'leg B1 is registered', may: { 'bank-investor': handle }, only: 'bank-qs' },
  { row: 11, action: 'leg D1 is registered', may: { partnership: handle }, only: 'lpf' },
  { row: 11, action: 'leg M1 is registered', may: { 'county-fund-company': handle }, only: 'cpc-522634' },
  { row: 11, action: 'withdrawal is asked', may: { 'province-finance': handle }, only: 'pfd' },
  { row: 11, action: 'withdrawal is confirmed', may: { 'province-finance': check }, only: 'pfd' },
  { row: 11, action: 'manual match is proposed', may: { 'province-finance': handle }, only: 'pfd' },
  { row: 11, action: 'manual match is confirmed', may: { 'province-finance': check }, only: 'pfd' },
  { row: 12, action: 'flow is pushed', may: { 'bank-feed': [] }, only: 'bank-qs' },
  { row: 12, action: 'flows are pushed together', may: { 'bank-feed': [] }, only: 'bank-qs' },
  { row: 13, action: 'redemption is requested', may: { 'implementing-unit': handle } },
  { row: 13, action: 'county checks redemption', may: { 'county-command': check } },
  { row: 13, action: 'company approves redemption', may: { 'county-fund-company': check } },
  { row: 14, action: 'progress is reported', may: { 'implementing-unit': handle } },
  { row: 14, action: 'progress is checked', may: { 'county-command': check } },
  { row: 16, action: 'alert is explained', may: { 'implementing-unit': handle }, only: 'imp-522634' },
  { row: 16, action: 'alert is rectified', may: { 'implementing-unit': handle }, only: 'imp-522634' },
  { row: 16, action: 'alert is reviewed', may: { 'leading-office': check, 'county-command': check } },
  { row: 16, action: 'alert is closed', may: { 'leading-office': decide, 'county-command': decide } },
  { row: 17, action: 'problem is reported', may: everyBusinessRole },
  {
    row: 17,
    action: 'alert is assigned',
    may: { 'leading-office': ['handle', 'check', 'decide'], 'county-command': ['handle', 'check', 'decide'] },
  },
];
