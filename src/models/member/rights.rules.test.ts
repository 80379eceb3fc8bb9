import assert from 'node:assert/strict';
import { test } from 'node:test';
import { posts, roles } from '#kernel/records/common.ts';
import type { Post, Role } from '#kernel/records/common.ts';
import { isMessageKey } from '../../messages/index.ts';
import { actions, mayDo, whyNot } from './rights.rules.ts';
import type { Action, RightsPerson } from './rights.rules.ts';

function person(role: Role, held: readonly Post[], change: Partial<RightsPerson> = {}): RightsPerson {
  return { userId: 'u1', orgId: 'o1', role, posts: held, division: '522634', ...change };
}

const payers: readonly Role[] = [
  'province-finance',
  'local-finance',
  'bank-investor',
  'partnership',
  'county-fund-company',
  'implementing-unit',
];
const business: readonly Role[] = ['leading-office', 'county-command', ...payers];

/** Rows of the permission matrix: action, roles that may, the posts of which one is needed (none = any person). */
const matrix: readonly [Action, readonly Role[], readonly Post[]][] = [
  ['member.registerUser', ['sys-admin'], []],
  ['member.activateUser', ['sec-admin'], []],
  ['fund.create', ['leading-office'], ['handle']],
  ['fund.confirm', ['province-finance'], ['check']],
  ['project.apply', ['county-command'], ['handle']],
  ['project.check', ['county-command'], ['check']],
  ['project.countersign', ['local-finance'], ['check']],
  ['project.review', ['leading-office'], ['check']],
  ['project.decide', ['leading-office'], ['decide']],
  ['draft.freeze', ['leading-office'], ['decide']],
  ['reconciliation.register', payers, ['handle']],
  ['reconciliation.confirmWithdrawal', payers, ['check']],
  ['draft.requestRedemption', ['implementing-unit'], ['handle']],
  ['draft.checkRedemption', ['county-command', 'county-fund-company'], ['check']],
  ['project.reportProgress', ['implementing-unit'], ['handle']],
  ['project.checkProgress', ['county-command'], ['check']],
  ['alert.explain', business, ['handle']],
  ['alert.close', ['leading-office', 'county-command', 'province-finance'], ['decide']],
  ['alert.report', business, []],
];

for (const [action, allowed, needed] of matrix) {
  test(`${action}: exactly the roles and posts of the matrix`, () => {
    for (const role of roles) {
      assert.equal(mayDo(person(role, []), action), allowed.includes(role) && needed.length === 0, role);
      for (const post of posts) {
        const expected = allowed.includes(role) && (needed.length === 0 || needed.includes(post));
        assert.equal(mayDo(person(role, [post]), action), expected, `${role} ${post}`);
      }
    }
  });
}

test('auditor, bank feed and machine may do nothing, the administrators nothing of the business', () => {
  for (const action of actions) {
    for (const role of ['auditor', 'bank-feed', 'platform'] as const) {
      assert.equal(whyNot(person(role, posts), action), 'ROLE_NOT_ALLOWED', `${role} ${action}`);
    }
    const isAdministration = /^(member|bank)\./.test(action);
    for (const role of ['sys-admin', 'sec-admin', 'log-admin'] as const) {
      assert.ok(isAdministration || !mayDo(person(role, posts), action), `${role} ${action}`);
    }
  }
});

test('an account is registered and confirmed by its owner or the administrators, never by one and the same', () => {
  assert.ok(mayDo(person('sys-admin', []), 'member.registerAccount'));
  assert.ok(mayDo(person('partnership', ['handle']), 'member.registerAccount'));
  assert.equal(whyNot(person('partnership', ['handle']), 'member.confirmAccount'), 'POST_MISSING');
  assert.equal(
    whyNot(person('partnership', ['check']), 'member.confirmAccount', { actedBy: ['u1'] }),
    'SAME_PERSON',
  );
});

test('reasons come in the order role, post, scope, named unit, second person, state', () => {
  const checker = person('county-command', ['check']);
  const everything = {
    division: '522633',
    actedBy: ['u1'],
    namedOrgIds: ['o1'],
    stateAllows: false,
  };
  assert.equal(whyNot(person('partnership', []), 'project.check', everything), 'ROLE_NOT_ALLOWED');
  assert.equal(whyNot(person('county-command', ['handle']), 'project.check', everything), 'POST_MISSING');
  assert.equal(whyNot(checker, 'project.check', everything), 'OUT_OF_SCOPE');
  const inScope = { ...everything, division: '522634' };
  assert.equal(whyNot(checker, 'project.check', inScope), 'NAMED_UNIT');
  const unnamed = { ...inScope, namedOrgIds: [] };
  assert.equal(whyNot(checker, 'project.check', unnamed), 'SAME_PERSON');
  assert.equal(whyNot(checker, 'project.check', { ...unnamed, actedBy: ['u2'] }), 'WRONG_STATE');
  assert.equal(whyNot(checker, 'project.check', { division: '522634', stateAllows: true }), null);
  assert.equal(whyNot(checker, 'project.check', { ownerOrgId: 'o2' }), 'OUT_OF_SCOPE');
});

test('every reason has its sentence in the catalogue', () => {
  const reasons = [
    'ROLE_NOT_ALLOWED',
    'POST_MISSING',
    'OUT_OF_SCOPE',
    'NAMED_UNIT',
    'SAME_PERSON',
    'WRONG_STATE',
  ];
  assert.deepEqual(
    reasons.filter((reason) => !isMessageKey(`refusal.${reason}`)),
    [],
  );
});

test('of those who may check, only the one whose turn it is', () => {
  const turnOf = ['county-command'] as const;
  const county = person('county-command', ['check']);
  const company = person('county-fund-company', ['check']);
  assert.equal(whyNot(county, 'draft.checkRedemption', { turnOf }), null);
  assert.equal(whyNot(company, 'draft.checkRedemption', { turnOf }), 'ROLE_NOT_ALLOWED');
  assert.equal(whyNot(company, 'draft.checkRedemption', {}), null);
});
