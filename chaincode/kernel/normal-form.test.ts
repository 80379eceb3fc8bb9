/** Tests of the normal forms. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAccount, isSerial, normalAccount, normalName, normalSerial } from './normal-form.ts';

test('an account loses spaces and hyphens only', () => {
  assert.equal(normalAccount(' 5200-0012 3456 7890 '), '5200001234567890');
  assert.equal(normalAccount('５２００００１２'), '52000012');
  assert.equal(isAccount('5200001234567890'), true);
  assert.equal(isAccount('1234'), false);
  assert.equal(isAccount(normalAccount('62A4 1234')), false);
});

test('names agree across full-width forms and spaces', () => {
  assert.equal(normalName('贵州 脱贫攻坚基金（有限合伙）'), normalName('贵州脱贫攻坚基金(有限合伙)'));
  assert.notEqual(normalName('贵州甲公司'), normalName('贵州乙公司'));
});

test('a serial is upper case without spaces', () => {
  assert.equal(normalSerial(' ab 12-cd '), 'AB12-CD');
  assert.equal(normalSerial('ＡＢ１２'), 'AB12');
  assert.equal(isSerial('AB12-CD'), true);
  assert.equal(isSerial('流水1'), false);
  assert.equal(isSerial(''), false);
});
