/** Special rules as a form gives them and as people read them. */
import { z } from 'zod';
import type { SpecialRule } from '#kernel/records/draft.ts';
import { t, type MessageKey } from '../../messages/index.ts';

/** Names of the form's fields. */
export const ruleFields = {
  whitelist: 'rule-whitelist',
  categories: 'rule-categories',
  prepayment: 'rule-prepayment',
  instalments: 'rule-instalments',
  recall: 'rule-recall',
  extra: 'rule-extra',
} as const;

/** Either the rules, or a message key per field. */
export type ReadRules =
  { readonly rules: SpecialRule[] } | { readonly errors: Readonly<Record<string, MessageKey>> };

/** Reads the fields; an empty field is no rule. */
export function readSpecialRules(posted: Readonly<Record<string, unknown>>): ReadRules {
  const rules: SpecialRule[] = [];
  const errors: Record<string, MessageKey> = {};
  for (const field of Object.values(ruleFields)) {
    const values = linesOf(posted[field]);
    if (values.length === 0) continue;
    const rule = readers[field](values);
    if (typeof rule === 'string') errors[field] = rule;
    else rules.push(rule);
  }
  return Object.keys(errors).length > 0 ? { errors } : { rules };
}

type RuleField = (typeof ruleFields)[keyof typeof ruleFields];

/** By field, from its non-empty lines: the rule, or what to tell the person. */
const readers: Readonly<Record<RuleField, (values: readonly string[]) => SpecialRule | MessageKey>> = {
  'rule-whitelist': (values) => ({ type: 'payee-whitelist', orgIds: [...values] }),
  'rule-categories': (values) =>
    values.some((one) => one.length > 60)
      ? 'rules.fault.category'
      : { type: 'spend-categories', categories: [...values] },
  'rule-prepayment': ([percent = '']) => {
    const bp = basisPoints(percent);
    return bp === null ? 'rules.fault.percent' : { type: 'max-prepayment', bp };
  },
  'rule-instalments': () => ({ type: 'instalments', allowed: true }),
  'rule-recall': ([date = '']) =>
    z.iso.date().safeParse(date).success ? { type: 'recall-date', date } : 'rules.fault.date',
  'rule-extra': ([orgId = '']) => ({ type: 'extra-approver', orgId }),
};

/** The distinct lines of a field, posted once or several times. */
function linesOf(value: unknown): string[] {
  const texts = [value].flat().filter((one): one is string => typeof one === 'string');
  const lines = texts.flatMap((text) => text.split(/\r?\n/)).map((line) => line.trim());
  return [...new Set(lines.filter(Boolean))];
}

/** A rule in words. @param nameOf the name of an organisation */
export function specialRuleText(rule: SpecialRule, nameOf: (orgId: string) => string): string {
  switch (rule.type) {
    case 'payee-whitelist':
      return t('rules.text.whitelist', { names: rule.orgIds.map(nameOf).join('、') });
    case 'spend-categories':
      return t('rules.text.categories', { names: rule.categories.join('、') });
    case 'max-prepayment':
      return t('rules.text.prepayment', { percent: percentText(rule.bp) });
    case 'instalments':
      return rule.allowed ? t('rules.text.instalments') : t('rules.text.noInstalments');
    case 'recall-date':
      return t('rules.text.recall', { date: rule.date });
    case 'extra-approver':
      return t('rules.text.extra', { name: nameOf(rule.orgId) });
  }
}

/** Organisations that rules name. */
export function organisationsOf(rules: readonly SpecialRule[]): string[] {
  return rules.flatMap((rule) =>
    rule.type === 'payee-whitelist' ? rule.orgIds : rule.type === 'extra-approver' ? [rule.orgId] : [],
  );
}

/** 12.5 → 1250; null for what is no percentage of at most two decimals. */
function basisPoints(percent: string): number | null {
  const [, whole = '', decimals = ''] = /^(\d{1,3})(?:\.(\d{1,2}))?$/.exec(percent) ?? [];
  if (whole === '') return null;
  const bp = Number(whole) * 100 + Number(decimals.padEnd(2, '0'));
  return bp <= 10_000 ? bp : null;
}

function percentText(bp: number): string {
  const rest = bp % 100;
  return rest === 0 ? String(bp / 100) : `${Math.floor(bp / 100)}.${String(rest).padStart(2, '0')}`;
}
