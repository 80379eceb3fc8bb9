/** Tests of the demonstration's people: nobody is mistaken for another, and the guided walk finds whom it names. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { people } from './organisations.ts';

test('no two people of the demonstration have one name', () => {
  const names = people.map((one) => one.name);
  assert.ok(names.length > 200);
  assert.deepEqual(
    names.filter((name, at) => names.indexOf(name) !== at),
    [],
  );
});

/** As the README's guided walk names them. */
const walk: readonly [userId: string, name: string][] = [
  ['cph-522634-1', '赵国栋'],
  ['cph-522634-2', '钱海霞'],
  ['lfb-5226-2', '华玉兰'],
  ['plo-2', '钱思源'],
  ['plo-3', '孙俊杰'],
  ['pfd-1', '周文博'],
  ['lfb-5226-1', '严明哲'],
  ['bank-qs-1', '韩静怡'],
  ['lpf-1', '冯雨桐'],
  ['imp-522634-1', '卫秀英'],
  ['cpc-522634-2', '陈若水'],
  ['cpc-522634-1', '冯浩然'],
  ['aud-1', '卫志远'],
];
test('the people of the guided walk keep the names that the README gives them', () => {
  const byId = new Map(people.map((one) => [one.userId, one.name]));
  assert.deepEqual(
    walk.map(([userId]) => [userId, byId.get(userId)]),
    walk,
  );
});
