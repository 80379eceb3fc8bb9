/** The one catalogue of every text on screen. A missing key does not compile; a missing parameter shows as it is written. */
import { accountTexts } from './zh/account.ts';
import { actionTexts } from './zh/actions.ts';
import { approvalTexts } from './zh/approvals.ts';
import { api } from './zh/api.ts';
import { banks } from './zh/banks.ts';
import { domain } from './zh/domain.ts';
import { frame } from './zh/frame.ts';
import { help } from './zh/help.ts';
import { home } from './zh/home.ts';
import { members } from './zh/members.ts';
import { nodeTexts } from './zh/nodes.ts';
import { notificationTexts } from './zh/notifications.ts';
import { operations } from './zh/operations.ts';
import { pages } from './zh/pages.ts';
import { reconciliation } from './zh/reconciliation.ts';
import { refusals } from './zh/refusals.ts';
import { statementTexts } from './zh/statements.ts';

/** All texts by key, Chinese. */
export const zh = {
  ...frame,
  ...accountTexts,
  ...actionTexts,
  ...api,
  ...banks,
  ...approvalTexts,
  ...domain,
  ...help,
  ...home,
  ...members,
  ...nodeTexts,
  ...notificationTexts,
  ...operations,
  ...pages,
  ...reconciliation,
  ...refusals,
  ...statementTexts,
} as const;

export type MessageKey = keyof typeof zh;

/** True for a key of the catalogue. */
export function isMessageKey(key: string): key is MessageKey {
  return Object.hasOwn(zh, key);
}

/** The text of a key with `{name}` replaced by the parameters. */
export function t(key: MessageKey, params: Readonly<Record<string, string | number>> = {}): string {
  return zh[key].replace(/\{(\w+)\}/g, (whole, name: string) =>
    name in params ? String(params[name]) : whole,
  );
}

/** The text of a key made at run time, for example from a state; the fallback when the catalogue has none. */
export function label(key: string, fallback = key): string {
  return isMessageKey(key) ? t(key) : fallback;
}

/** The sentence for a refusal code of a contract or model. */
export function refusalText(code: string): string {
  const key = `refusal.${code}`;
  return isMessageKey(key) ? t(key) : t('refusal.default', { code });
}
