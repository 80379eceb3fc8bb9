/** The sentence each rule puts on its alert, and which rule a failed check belongs to. */
import type { AlertRule } from '#kernel/records/alert.ts';
import type { CheckResult } from '#kernel/records/draft.ts';

/** What happened, in one sentence per rule (domain.md 3.3; S rules are the platform's own). */
export const alertTexts: Readonly<Record<AlertRule, string>> = {
  A01: '实付金额与计划金额不符',
  A02: '付款账户与计划不符',
  A03: '收款账户与计划不符，资金可能改道',
  A04: '逾期未拨或记账日晚于截止日',
  A05: '已登记流水号，但银行流水未到',
  A06: '银行流水已到，但付款单位未登记',
  A07: '同一流水重复推送且内容不同',
  A08: '同一流水号被重复登记',
  A09: '已核对的款项被冲正或退汇',
  A10: '越序拨付：先于前序款项记账',
  A11: '户名与计划不符，账号一致',
  A12: '币种或借贷方向不符',
  B06: '里程碑未验收或兑付未获批即付款',
  S01: '汇票已冻结、终止或收回后仍有付款',
  S02: '对账未通过，原因见核对结果',
  USER: '问题申报',
};

/** The rule a failed or warning check raises. */
export const ruleOfCheck: Readonly<Record<CheckResult['name'], AlertRule>> = {
  booked: 'S02',
  direction: 'A12',
  serial: 'S02',
  currency: 'A12',
  payee: 'A03',
  payer: 'A02',
  amount: 'A01',
  allocation: 'A01',
  batch: 'A01',
  deadline: 'A04',
  state: 'S01',
  claim: 'A08',
  order: 'A10',
  milestone: 'B06',
  'payee-name': 'A11',
  'payer-name': 'A11',
};
