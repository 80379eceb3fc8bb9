/** Aggregation expressions: conditions, 64-bit arithmetic without loss, dates in Asia/Shanghai. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Decimal128, Double, Int32, Long } from 'bson';
import { aggregate, assertSameBson, canonical, refused } from './support/expect.ts';
import { exactly, openStore } from './support/store.ts';

const store = await openStore();
after(() => store.close());

const one = await store.collection([
  {
    _id: 1,
    i: 7,
    d: new Double(2.5),
    big: Long.fromString('9007199254740993'),
    max: Long.MAX_VALUE,
    dec: Decimal128.fromString('0.1'),
    s: 'text',
    z: null,
    at: new Date('2026-01-31T17:30:15.250Z'),
    old: new Date('1969-12-31T15:59:59.999Z'),
    l: [1, 2],
    n: { x: 3 },
    docs: [{ x: 1 }, { x: 2 }, {}],
  },
]);
const typed = exactly(store, one);
const int = (value: number): Int32 => new Int32(value);
const long = (text: string): Long => Long.fromString(text);
const decimal = (text: string): Decimal128 => Decimal128.fromString(text);

async function evaluate(expression: unknown): Promise<unknown> {
  const [row] = await aggregate(typed, [{ $project: { _id: 0, v: expression } }]);
  return row?.['v'];
}

const values: readonly [expression: unknown, expected: unknown][] = [
  [{ $add: ['$i', 1] }, int(8)],
  [{ $add: ['$i', '$d'] }, new Double(9.5)],
  [{ $add: ['$big', 1] }, long('9007199254740994')],
  [{ $add: ['$big', '$big'] }, long('18014398509481986')],
  [{ $add: [2147483647, 1] }, long('2147483648')],
  [{ $add: ['$max', 1] }, new Double(9223372036854775808)],
  [{ $add: ['$big', '$dec'] }, decimal('9007199254740993.1')],
  [{ $add: ['$dec', decimal('0.2')] }, decimal('0.3')],
  [{ $add: ['$i', '$z'] }, null],
  [{ $add: ['$i', '$nowhere'] }, null],
  [{ $add: ['$at', 1000] }, new Date('2026-01-31T17:30:16.250Z')],
  [{ $add: [] }, int(0)],
  [{ $subtract: ['$big', 1] }, long('9007199254740992')],
  [{ $subtract: ['$i', '$d'] }, new Double(4.5)],
  [{ $subtract: ['$at', '$at'] }, Long.ZERO],
  [{ $subtract: ['$at', 250] }, new Date('2026-01-31T17:30:15.000Z')],
  [{ $subtract: ['$z', 1] }, null],
  [{ $multiply: ['$i', 3] }, int(21)],
  [{ $multiply: ['$big', 3] }, long('27021597764222979')],
  [{ $multiply: [100000, 100000] }, long('10000000000')],
  [{ $multiply: ['$i', '$dec'] }, decimal('0.7')],
  [{ $divide: ['$i', 2] }, new Double(3.5)],
  [{ $divide: [6, 2] }, new Double(3)],
  [{ $divide: [decimal('1'), 8] }, decimal('0.125')],
  [{ $mod: ['$i', 4] }, int(3)],
  [{ $mod: ['$big', 10] }, long('3')],
  [{ $mod: [-7, 4] }, int(-3)],
  [{ $cond: [{ $gt: ['$i', 5] }, 'big', 'small'] }, 'big'],
  [{ $cond: { if: '$z', then: 1, else: 2 } }, int(2)],
  [{ $cond: [{ $eq: ['$big', long('9007199254740992')] }, 'equal', 'apart'] }, 'apart'],
  [{ $cond: ['$s', 1, 2] }, int(1)],
  [{ $cond: [0, 1, 2] }, int(2)],
  [{ $cond: [{ $and: [{ $gte: ['$i', 7] }, { $ne: ['$s', 'x'] }] }, 1, 2] }, int(1)],
  ['$n.x', int(3)],
  ['$docs.x', [int(1), int(2)]],
  ['$l', [int(1), int(2)]],
  [
    ['$i', '$nowhere', '$s'],
    [int(7), null, 'text'],
  ],
  [{ a: '$i', b: '$nowhere' }, { a: int(7) }],
  [{ $dateToString: { date: '$at', format: '%Y-%m-%d', timezone: 'Asia/Shanghai' } }, '2026-02-01'],
  [
    { $dateToString: { date: '$at', format: '%Y-%m-%d %H:%M:%S.%L', timezone: 'Asia/Shanghai' } },
    '2026-02-01 01:30:15.250',
  ],
  [{ $dateToString: { date: '$at', format: '%Y-%m' } }, '2026-01'],
  [{ $dateToString: { date: '$at' } }, '2026-01-31T17:30:15.250Z'],
  [
    { $dateToString: { date: '$old', format: '%Y-%m-%d %H:%M', timezone: 'Asia/Shanghai' } },
    '1969-12-31 23:59',
  ],
  [{ $dateToString: { date: '$z', format: '%Y' } }, null],
  [{ $dateToString: { date: '$nowhere', onNull: 'none' } }, 'none'],
  [{ $dateToString: { date: '$at', format: '%H%%', timezone: '+08:00' } }, '01%'],
  [{ $dateTrunc: { date: '$at', unit: 'day', timezone: 'Asia/Shanghai' } }, new Date('2026-01-31T16:00:00Z')],
  [
    { $dateTrunc: { date: '$at', unit: 'month', timezone: 'Asia/Shanghai' } },
    new Date('2026-01-31T16:00:00Z'),
  ],
  [{ $dateTrunc: { date: '$at', unit: 'month' } }, new Date('2026-01-01T00:00:00Z')],
  [
    { $dateTrunc: { date: '$at', unit: 'year', timezone: 'Asia/Shanghai' } },
    new Date('2025-12-31T16:00:00Z'),
  ],
  [{ $dateTrunc: { date: '$at', unit: 'hour' } }, new Date('2026-01-31T17:00:00Z')],
  [
    { $dateTrunc: { date: '$old', unit: 'day', timezone: 'Asia/Shanghai' } },
    new Date('1969-12-30T16:00:00Z'),
  ],
  [
    { $dateTrunc: { date: '$at', unit: 'quarter', timezone: 'Asia/Shanghai' } },
    new Date('2025-12-31T16:00:00Z'),
  ],
  [
    { $dateTrunc: { date: '$at', unit: 'week', timezone: 'Asia/Shanghai', startOfWeek: 'monday' } },
    new Date('2026-01-25T16:00:00Z'),
  ],
  [{ $dateTrunc: { date: '$z', unit: 'day' } }, null],
];

for (const [expression, expected] of values) {
  test(`value of ${canonical(expression)}`, async () => assertSameBson(await evaluate(expression), expected));
}

const comparisons: readonly [operator: string, left: unknown, right: unknown, expected: boolean][] = [
  ['$eq', '$i', new Double(7), true],
  ['$eq', '$nowhere', null, false],
  ['$eq', '$z', null, true],
  ['$ne', '$s', 'text', false],
  ['$gt', '$s', 99, true],
  ['$lt', '$nowhere', null, true],
  ['$lte', '$z', '$i', true],
  ['$gte', '$big', long('9007199254740993'), true],
  ['$lt', '$at', '$old', false],
];

for (const [operator, left, right, expected] of comparisons) {
  test(`${operator} of ${canonical(left)} and ${canonical(right)}`, async () => {
    assert.equal(await evaluate({ $cond: [{ [operator]: [left, right] }, true, false] }), expected);
  });
}

test('sums keep and widen their type', async () => {
  const sum = async (...values: unknown[]): Promise<unknown> => {
    const collection = await store.collection(values.map((v, _id) => ({ _id, v })));
    const [row] = await aggregate(exactly(store, collection), [{ $group: { _id: null, s: { $sum: '$v' } } }]);
    return row?.['s'];
  };
  assertSameBson(await sum(2147483647, 1), Long.fromNumber(2147483648));
  assertSameBson(await sum(1, Long.fromNumber(1)), Long.fromNumber(2));
  assertSameBson(await sum(1, new Double(0.5)), new Double(1.5));
  assertSameBson(
    await sum(Long.fromString('9007199254740993'), Decimal128.fromString('0.1')),
    Decimal128.fromString('9007199254740993.1'),
  );
  assertSameBson(
    await sum(Decimal128.fromString('0.1'), Decimal128.fromString('0.2')),
    Decimal128.fromString('0.3'),
  );
  assertSameBson(await sum('x', null), new Int32(0));
  assertSameBson(await sum(new Double(0.1), new Double(0.2), new Double(0.3)), new Double(0.6));
});

test('$group joins equal numbers of different types', async () => {
  const collection = await store.collection([
    { _id: 1, k: 1 },
    { _id: 2, k: Long.ONE },
    { _id: 3, k: new Double(1) },
    { _id: 4, k: Decimal128.fromString('1.0') },
    { _id: 5, k: '1' },
  ]);
  const groups = await aggregate(collection, [
    { $group: { _id: '$k', n: { $sum: 1 } } },
    { $sort: { n: 1 } },
  ]);
  assert.deepEqual(
    groups.map((group) => group['n']),
    [1, 4],
  );
});

test('arithmetic that has no answer is refused', async () => {
  assert.equal(await evaluate({ $divide: ['$i', '$nothing'] }), null);
  await refused(evaluate({ $divide: ['$i', { $subtract: ['$i', 7] }] }), 2, 16608, 4848401);
  await refused(evaluate({ $add: ['$i', '$s'] }), 14, 16554);
  await refused(evaluate({ $subtract: ['$s', 1] }), 14, 16556);
  await refused(evaluate({ $multiply: ['$s', 1] }), 14, 16555);
  await refused(evaluate({ $mod: ['$i', { $subtract: ['$i', 7] }] }), 16610, 2, 4848403);
});
