import assert from 'node:assert/strict';
import { test } from 'node:test';
import { roles } from '#kernel/records/common.ts';
import type { Role } from '#kernel/records/common.ts';
import { divisionsOf } from '../read-model/derived.ts';
import { divisionPrefix, hidesKind, inScope, scopeFilter, scopeKinds, withinScope } from './scope.rules.ts';
import type { ScopedDocument, ScopeKind, ScopePerson } from './scope.rules.ts';

function person(role: Role, orgId: string, division: string): ScopePerson {
  return { role, orgId, division };
}

const leishan = {
  division: '522634',
  parties: ['unit1', 'icbc', 'lpf'],
  draftParties: ['unit1', 'icbc', 'lpf'],
};
const congjiang = { division: '522633', parties: ['unit2', 'abc'], draftParties: ['unit2', 'abc', 'lpf'] };

/** Role, organisation, division, kind, sees the 雷山 document, sees the 从江 document. */
const table: readonly [Role, string, string, ScopeKind, boolean, boolean][] = [
  ['leading-office', 'plo', '52', 'project', true, true],
  ['province-finance', 'pfd', '52', 'leg', true, true],
  ['auditor', 'aud', '52', 'flow', true, true],
  ['auditor', 'aud-city', '5226', 'draft', true, true],
  ['auditor', 'aud-county', '522634', 'draft', true, false],
  ['county-command', 'cph', '522634', 'project', true, false],
  ['county-command', 'cph', '522634', 'draft', true, false],
  ['county-command', 'cph', '522634', 'alert', true, false],
  ['county-command', 'cph', '522634', 'evidence', true, false],
  ['local-finance', 'lfb', '522634', 'flow', true, false],
  ['local-finance', 'lfb-city', '5226', 'leg', true, true],
  ['local-finance', 'lfb-other', '5223', 'leg', false, false],
  ['bank-investor', 'icbc', '52', 'leg', true, false],
  ['bank-investor', 'icbc', '52', 'draft', true, false],
  ['bank-investor', 'icbc', '52', 'flow', true, false],
  ['bank-feed', 'icbc', '52', 'flow', true, false],
  ['bank-feed', 'icbc', '52', 'draft', false, false],
  ['partnership', 'lpf', '52', 'draft', true, false],
  ['partnership', 'lpf', '52', 'leg', true, true],
  ['county-fund-company', 'cpc', '522634', 'draft', false, false],
  ['county-fund-company', 'cpc', '522634', 'project', true, false],
  ['implementing-unit', 'unit1', '522634', 'project', true, false],
  ['implementing-unit', 'unit3', '522634', 'project', false, false],
  ['sys-admin', 'plat', '52', 'draft', false, false],
  ['sec-admin', 'plat', '52', 'transaction', false, false],
  ['log-admin', 'plat', '52', 'alert', false, false],
  ['platform', 'plat', '52', 'flow', false, false],
];

for (const [role, orgId, division, kind, first, second] of table) {
  test(`${role} of ${division} and ${kind}`, () => {
    const who = person(role, orgId, division);
    assert.equal(inScope(who, leishan, kind), first);
    assert.equal(inScope(who, congjiang, kind), second);
  });
}

test('the three administrators see no business object of any kind, and no transaction', () => {
  for (const role of ['sys-admin', 'sec-admin', 'log-admin'] as const) {
    const who = person(role, 'plat', '52');
    for (const kind of [
      'project',
      'draft',
      'leg',
      'flow',
      'registration',
      'alert',
      'evidence',
      'transaction',
    ] as const) {
      assert.ok(hidesKind(who, kind), `${role} ${kind}`);
      assert.deepEqual(scopeFilter(who, kind), { _id: { $in: [] } });
    }
    assert.ok(inScope(who, { contract: 'member' }, 'activity'));
    assert.equal(inScope(who, { contract: 'draft', parties: ['plat'] }, 'activity'), false);
  }
});

test('the county office picks funds of the province, not those of another county', () => {
  const who = person('county-command', 'cph', '522634');
  assert.ok(inScope(who, { division: '52' }, 'fund'));
  assert.ok(inScope(who, { division: '5226' }, 'fund'));
  assert.equal(inScope(who, { division: '522633' }, 'fund'), false);
  assert.equal(inScope(who, { division: '5223' }, 'fund'), false);
});

test('a division is an equality that an index can serve in any order, and never text from outside', () => {
  assert.deepEqual(scopeFilter(person('local-finance', 'x', '5226'), 'leg'), { divisions: '5226' });
  assert.deepEqual(scopeFilter(person('leading-office', 'x', '52'), 'leg'), {});
  assert.throws(() => divisionPrefix('.*'), TypeError);
  assert.throws(() => divisionPrefix(''), TypeError);
});

test('a filter of the page narrows the scope and never replaces it', () => {
  const who = person('county-command', 'cph', '522634');
  assert.deepEqual(withinScope(who, 'draft', { status: 'ISSUED' }), {
    status: 'ISSUED',
    divisions: '522634',
  });
  assert.deepEqual(withinScope(who, 'draft', { divisions: '522633' }), {
    $and: [{ divisions: '522634' }, { divisions: '522633' }],
  });
});

/** Reads the few operators that scope filters use. */
function matches(filter: Readonly<Record<string, unknown>>, doc: ScopedDocument): boolean {
  return Object.entries(filter).every(([field, wanted]) => {
    if (field === '$or') return (wanted as Record<string, unknown>[]).some((one) => matches(one, doc));
    const value = (doc as Record<string, unknown>)[field];
    if (wanted instanceof RegExp) return typeof value === 'string' && wanted.test(value);
    if (typeof wanted === 'object' && wanted !== null)
      return (wanted as { $in: unknown[] }).$in.includes(value);
    return Array.isArray(value) ? value.includes(wanted) : value === wanted;
  });
}

test('filter and inScope agree for every role and kind', () => {
  const places = ['', '52', '5226', '522634', '522633', '5223', '522634104'];
  const docs = places
    .map((division) => ({ division, divisions: divisionsOf(division) }))
    .flatMap((place) => [
      { ...place, parties: [] as string[], draftParties: [] as string[], contract: 'draft' },
      { ...place, parties: ['me'], draftParties: ['me'], contract: 'member' },
      { ...place, parties: ['other'], draftParties: ['me'], contract: 'draft' },
    ]);
  for (const role of roles) {
    for (const division of ['52', '5226', '522634']) {
      for (const kind of scopeKinds) {
        const who = person(role, 'me', division);
        for (const doc of docs) {
          assert.equal(
            matches(scopeFilter(who, kind), doc),
            inScope(who, doc, kind),
            `${role} ${kind} ${division}`,
          );
        }
      }
    }
  }
});
