/** Tests of division prefixes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countyOf, covers, prefectureOf } from './division.ts';

test('a division covers what lies inside it', () => {
  for (const inside of ['52', '5226', '522634', '522634104']) assert.equal(covers('52', inside), true);
  assert.equal(covers('5226', '522634'), true);
  assert.equal(covers('522634', '522634'), true);
  assert.equal(covers('522634', '522633'), false);
  assert.equal(covers('522634', '5226'), false);
});

test('no division covers nothing', () => {
  assert.equal(covers('', '52'), false);
  assert.equal(covers('522', '522634'), false);
});

test('county and prefecture of a township', () => {
  assert.equal(countyOf('522634104'), '522634');
  assert.equal(prefectureOf('522634104'), '5226');
});
