/** Comparison, logic, $in, $exists, $type, $regex and $not as MongoDB answers them, on documents without arrays. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Decimal128, Double, Int32, Long, MaxKey, MinKey, ObjectId } from 'bson';
import { idsOf, refused } from './support/expect.ts';
import type { Plain } from './support/expect.ts';
import { openStore } from './support/store.ts';

const store = await openStore();
after(() => store.close());

const people = await store.collection([
  { _id: 1, a: 5, s: 'apple', n: { x: 1, y: 2 } },
  { _id: 2, a: new Double(5.5), s: 'banana', n: { y: 2, x: 1 } },
  { _id: 3, a: Long.fromString('9007199254740993'), s: 'Apple pie', n: { x: 1 } },
  { _id: 4, a: Decimal128.fromString('5.0'), s: 'line one\napple', n: { x: null } },
  { _id: 5, a: null, s: '', n: {} },
  { _id: 6, s: 'cherry', n: 7 },
  { _id: 7, a: NaN, s: '扶贫', n: { x: { z: 1 } } },
  { _id: 8, a: '5', b: true },
  { _id: 9, a: true, b: false },
  { _id: 10, a: new Date(5), b: new ObjectId('0123456789abcdef01234567') },
]);

const cases: readonly [name: string, filter: Plain, expected: readonly number[]][] = [
  ['equality crosses number types', { a: 5 }, [1, 4]],
  ['a Long beyond 2^53 is not its neighbour', { a: Long.fromString('9007199254740992') }, []],
  ['a Long beyond 2^53 equals itself', { a: Long.fromString('9007199254740993') }, [3]],
  ['equality with null finds null and missing', { a: null }, [5, 6]],
  ['$ne null finds neither', { a: { $ne: null } }, [1, 2, 3, 4, 7, 8, 9, 10]],
  ['$eq in words', { a: { $eq: '5' } }, [8]],
  ['$ne keeps missing', { a: { $ne: 5 } }, [2, 3, 5, 6, 7, 8, 9, 10]],
  ['$gt stays within numbers and leaves NaN', { a: { $gt: 5 } }, [2, 3]],
  ['$gte', { a: { $gte: 5 } }, [1, 2, 3, 4]],
  ['$lt does not find NaN', { a: { $lt: 6 } }, [1, 2, 4]],
  ['$lte', { a: { $lte: 5 } }, [1, 4]],
  ['equality finds NaN', { a: NaN }, [7]],
  ['$gte NaN finds NaN only', { a: { $gte: NaN } }, [7]],
  ['$lt NaN finds nothing', { a: { $lt: NaN } }, []],
  ['$gte null finds null and missing', { a: { $gte: null } }, [5, 6]],
  ['$gt null finds nothing', { a: { $gt: null } }, []],
  ['$gt of a string stays within strings', { a: { $gt: '' } }, [8]],
  ['$gt of a boolean', { b: { $gt: false } }, [8]],
  ['$lte of a date', { a: { $lte: new Date(5) } }, [10]],
  ['a range', { a: { $gt: 5, $lt: 6 } }, [2]],
  ['$gt MinKey finds every type', { a: { $gt: new MinKey(), $exists: true } }, [1, 2, 3, 4, 5, 7, 8, 9, 10]],
  ['$lt MaxKey of a present field', { b: { $lt: new MaxKey(), $exists: true } }, [8, 9, 10]],
  ['a subdocument equals in its order', { n: { x: 1, y: 2 } }, [1]],
  ['a subdocument equals across number types', { n: { x: new Double(1) } }, [3]],
  ['a subdocument with null', { n: { x: null } }, [4]],
  ['the empty subdocument', { n: {} }, [5]],
  ['subdocuments compare field by field', { n: { $gt: { x: 1 } } }, [1, 2, 7]],
  ['a dotted path', { 'n.x': 1 }, [1, 2, 3]],
  ['a dotted path to null finds missing as well', { 'n.x': null }, [4, 5, 6, 8, 9, 10]],
  ['a path through a scalar is missing', { 'n.x.z': { $exists: false } }, [1, 2, 3, 4, 5, 6, 8, 9, 10]],
  ['a deep path', { 'n.x.z': 1 }, [7]],
  ['$in', { a: { $in: [5, '5', true] } }, [1, 4, 8, 9]],
  ['$in with null finds missing', { a: { $in: [null, 5.5] } }, [2, 5, 6]],
  ['$in of nothing', { a: { $in: [] } }, []],
  ['$in with a regular expression', { s: { $in: [/^b/, 'cherry'] } }, [2, 6]],
  ['$nin', { a: { $nin: [5, null] } }, [2, 3, 7, 8, 9, 10]],
  ['$nin of nothing', { b: { $nin: [] } }, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
  ['$exists true finds null', { a: { $exists: true } }, [1, 2, 3, 4, 5, 7, 8, 9, 10]],
  ['$exists false', { a: { $exists: false } }, [6]],
  ['$exists by number', { a: { $exists: 0 } }, [6]],
  ['$type by name', { a: { $type: 'string' } }, [8]],
  ['$type number is all four', { a: { $type: 'number' } }, [1, 2, 3, 4, 7]],
  ['$type by code', { a: { $type: 16 } }, [1]],
  ['$type of several', { a: { $type: ['long', 'decimal', 8] } }, [3, 4, 9]],
  ['$type null is not missing', { a: { $type: 'null' } }, [5]],
  ['$type date and objectId', { $or: [{ a: { $type: 'date' } }, { b: { $type: 'objectId' } }] }, [10]],
  ['a regular expression', { s: /apple/ }, [1, 4]],
  ['case does not count with i', { s: /^apple/i }, [1, 3]],
  ['an anchor is the start of the text', { s: { $regex: '^apple' } }, [1]],
  ['an anchor is the start of a line with m', { s: { $regex: '^apple', $options: 'm' } }, [1, 4]],
  ['a dot passes line ends with s', { s: { $regex: 'one.apple', $options: 's' } }, [4]],
  ['a dot does not otherwise', { s: { $regex: 'one.apple' } }, []],
  ['spaces in the expression do not count with x', { s: { $regex: 'ban ana # fruit', $options: 'x' } }, [2]],
  ['$regex with a RegExp', { s: { $regex: /扶/ } }, [7]],
  ['$not of a comparison keeps missing', { a: { $not: { $gte: 5 } } }, [5, 6, 7, 8, 9, 10]],
  ['$not of a regular expression', { s: { $not: /a/ } }, [3, 5, 6, 7, 8, 9, 10]],
  ['$and', { $and: [{ a: { $gte: 5 } }, { s: /^a/ }] }, [1]],
  ['$or', { $or: [{ a: 5 }, { s: 'cherry' }] }, [1, 4, 6]],
  ['$nor', { $nor: [{ a: { $exists: true } }, { s: 'x' }] }, [6]],
  [
    'nested logic',
    { $or: [{ $and: [{ a: 5 }, { s: 'apple' }] }, { $nor: [{ s: { $exists: true } }] }] },
    [1, 8, 9, 10],
  ],
  ['several operators on one field', { s: { $gte: 'a', $ne: 'banana', $regex: '^[a-c]' } }, [1, 6]],
  ['the empty filter', {}, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
];

for (const [name, filter, expected] of cases) {
  test(name, async () => assert.deepEqual(await idsOf(people, filter), expected));
}

test('0, -0 and their types are one value', async () => {
  const zeros = await store.collection([
    { _id: 1, z: new Double(-0) },
    { _id: 2, z: new Int32(0) },
    { _id: 3, z: Long.ZERO },
    { _id: 4, z: Decimal128.fromString('-0E+3') },
  ]);
  for (const zero of [0, new Double(-0), Long.ZERO, Decimal128.fromString('0')]) {
    assert.deepEqual(await idsOf(zeros, { z: zero }), [1, 2, 3, 4]);
  }
});

test('_id takes every type but arrays and regular expressions', async () => {
  const keys = await store.collection();
  const ids: unknown[] = [1, 'a', true, new Date(0), { k: 1 }, new ObjectId(), Decimal128.fromString('0.1')];
  for (const id of ids) await keys.insertOne({ _id: id as string });
  for (const id of ids) assert.equal(await keys.countDocuments({ _id: id as string }), 1, String(id));
  await refused(keys.insertOne({ _id: [1] as unknown as string }), 2, 53);
  await refused(keys.insertOne({ _id: /x/ as unknown as string }), 2, 53);
});

const wrong: readonly [name: string, filter: Plain, ...codes: number[]][] = [
  ['unknown operator', { a: { $near2: 1 } }, 2],
  ['unknown top-level operator', { $foo: [] }, 2],
  ['$in without an array', { a: { $in: 5 } }, 2],
  ['$or without an array', { $or: {} }, 2],
  ['$or of nothing', { $or: [] }, 2],
  ['$and of a scalar', { $and: [1] }, 2],
  ['$not of a scalar', { a: { $not: 5 } }, 2],
  ['$type of an unknown name', { a: { $type: 'text' } }, 2],
  ['$size that is negative', { a: { $size: -1 } }, 2, 9],
  ['$all without an array', { a: { $all: 1 } }, 2],
  ['$elemMatch without an object', { a: { $elemMatch: 1 } }, 2],
  ['$in with an operator in it', { a: { $in: [{ $gt: 1 }] } }, 2],
  ['$options without $regex', { a: { $options: 'i' } }, 2],
  ['$regex that does not compile', { a: { $regex: '(' } }, 51091],
  ['$regex with unknown options', { a: { $regex: 'a', $options: 'q' } }, 51108, 2],
  ['text search, which the subset leaves out', { $text: { $search: 'a' } }, 27, 2, 115],
];

for (const [name, filter, ...codes] of wrong) {
  test(`refused: ${name}`, async () => {
    await refused(people.find(filter).toArray(), ...codes);
  });
}
