/** Tests of special rules between form and record. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SpecialRule } from '#kernel/records/draft.ts';
import { organisationsOf, readSpecialRules, specialRuleText } from './special-rule.rules.ts';

test('an empty form gives no rule, a full one each rule once', () => {
  assert.deepEqual(readSpecialRules({}), { rules: [] });
  const read = readSpecialRules({
    'rule-whitelist': ['imp-1', 'imp-1', 'imp-2'],
    'rule-categories': ' 工程款 \r\n\r\n设备费',
    'rule-prepayment': '12.5',
    'rule-instalments': 'yes',
    'rule-recall': '2027-12-31',
    'rule-extra': 'pfd',
  });
  assert.ok('rules' in read);
  const expected: SpecialRule[] = [
    { type: 'payee-whitelist', orgIds: ['imp-1', 'imp-2'] },
    { type: 'spend-categories', categories: ['工程款', '设备费'] },
    { type: 'max-prepayment', bp: 1250 },
    { type: 'instalments', allowed: true },
    { type: 'recall-date', date: '2027-12-31' },
    { type: 'extra-approver', orgId: 'pfd' },
  ];
  assert.deepEqual(read.rules, expected);
  assert.deepEqual(organisationsOf(read.rules), ['imp-1', 'imp-2', 'pfd']);
  assert.match(read.rules.map((one) => specialRuleText(one, (id) => `[${id}]`)).join(), /12\.50 ?%.*\[pfd\]/);
});

for (const [field, value] of [
  ['rule-prepayment', '101'],
  ['rule-prepayment', '1.234'],
  ['rule-prepayment', '-1'],
  ['rule-prepayment', '十'],
  ['rule-recall', '2027-02-30'],
  ['rule-categories', 'x'.repeat(61)],
] as const)
  test(`${field} ${value.slice(0, 12)} is refused, not repaired`, () => {
    const read = readSpecialRules({ [field]: value });
    assert.ok('errors' in read);
    assert.deepEqual(Object.keys(read.errors), [field]);
  });
