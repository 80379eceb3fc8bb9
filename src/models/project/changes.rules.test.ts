/** Tests of what is told to differ between two submissions of an application. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProjectContent } from '#kernel/records/project.ts';
import { contentChanges, namedFields } from './changes.rules.ts';

const file = (name: string, digit: string) => ({
  ...{ sha256: digit.repeat(64), name, size: 3, mediaType: 'text/plain' },
});
const before: ProjectContent = {
  ...{ name: '通村公路', townshipCode: '522634104', category: 'road', summary: '硬化三公里' },
  ...{ fundId: 'fund-1', callId: 'call-1', amountFen: '300', unitOrgId: 'unit-1' },
  budget: [
    { item: '路面', amountFen: '100' },
    { item: '涵洞', amountFen: '100' },
    { item: '涵洞', amountFen: '100' },
  ],
  milestones: [
    { no: 1, name: '路基', plannedDate: '2027-01-04', amountFen: '100' },
    { no: 2, name: '路面', plannedDate: '2027-02-04', amountFen: '200' },
  ],
  documents: [file('可研.pdf', 'a'), file('图.pdf', 'b')],
};
const told = (now: ProjectContent): string[] =>
  contentChanges(before, now).fields.map(
    (one) => `${one.pointer} ${one.part} ${one.from ?? '-'} → ${one.to ?? '-'}`,
  );

test('the same content differs in nothing', () => {
  const changes = contentChanges(before, structuredClone(before));
  assert.deepEqual([changes.fields, changes.added, changes.removed, [...changes.pointers]], [[], [], [], []]);
});

test('each single field tells old and new, in the order of the form', () => {
  assert.deepEqual(told({ ...before, summary: '硬化四公里', name: '通组公路', category: 'water' }), [
    '/name  通村公路 → 通组公路',
    '/category  road → water',
    '/summary  硬化三公里 → 硬化四公里',
  ]);
});

test('rows are compared by item and number, also those that come twice', () => {
  const [first, second, third] = before.budget;
  assert.deepEqual(told({ ...before, budget: [first!, second!, { ...third!, amountFen: '90' }] }), [
    '/budget 涵洞 100 → 90',
  ]);
  assert.deepEqual(told({ ...before, budget: [second!, third!, { item: '边沟', amountFen: '100' }] }), [
    '/budget 路面 100 → -',
    '/budget 边沟 - → 100',
  ]);
  const [one, two] = before.milestones;
  assert.deepEqual(told({ ...before, milestones: [one!, { ...two!, plannedDate: '2027-03-04' }] }), [
    '/milestones M2 2027-02-04 → 2027-03-04',
  ]);
  assert.equal(told({ ...before, milestones: [one!] }).length, 3);
});

test('files are told as added and removed', () => {
  const changes = contentChanges(before, {
    ...before,
    documents: [file('可研.pdf', 'a'), file('新图.pdf', 'c')],
  });
  assert.deepEqual(
    [changes.added.map((one) => one.name), changes.removed.map((one) => one.name)],
    [['新图.pdf'], ['图.pdf']],
  );
  assert.deepEqual([...changes.pointers], ['/documents']);
});

test('a pointer below a part names the part; unknown ones name nothing', () => {
  const pointers = ['/budget/0', '/summary', '/budgets', '/nothing'];
  assert.deepEqual(
    namedFields(pointers).map((one) => one.pointer),
    ['/summary', '/budget'],
  );
});
