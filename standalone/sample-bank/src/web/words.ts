/** The words of the page for what the program calls by codes. */

import type { Misbehaviour } from '../books/transfers.ts';
import type { Push } from '../books/pushes.ts';

/** Names of the misbehaviours. */
export const misbehaviourWords: Readonly<Record<Misbehaviour, string>> = {
  none: '正常',
  'wrong-amount': '金额转错（少转 1 元）',
  'wrong-account': '收款账户转错',
  late: '迟到入账（晚 30 天）',
  duplicate: '重复推送',
  conflict: '同号不同内容',
  reversal: '转账后冲正',
  'out-of-order': '推送乱序（先贷后借）',
  silent: '不推送',
};

const whats: Readonly<Record<string, string>> = {
  debit: '借记（付款行）',
  credit: '贷记（收款行）',
  duplicate: '借记重复',
  conflict: '同号另一金额',
  reversal: '冲正',
};

/** @returns what a message is */
export function whatWord(what: string): string {
  return whats[what] ?? what;
}

/** A word with the colour it is shown in. */
export interface Badge {
  readonly word: string;
  readonly tone: 'good' | 'wait' | 'bad' | 'plain';
}

/** @returns where a message stands */
export function pushBadge(push: Push): Badge {
  if (push.state === 'refused') return { word: '平台拒收', tone: 'bad' };
  if (push.state === 'held') return { word: '未推送', tone: 'plain' };
  if (push.state === 'waiting') return { word: push.attempts > 0n ? '等待重试' : '待推送', tone: 'wait' };
  if (/conflict|quarantined/.test(push.answer)) return { word: '已收，有异议', tone: 'bad' };
  return { word: push.answer.includes('duplicate') ? '已收，重复' : '平台已收', tone: 'good' };
}
