import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  Binary,
  BSONSymbol,
  Code,
  DBRef,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  ObjectId,
  Timestamp,
  UUID,
  deserialize,
  serialize,
} from 'bson';
import { MongoError } from '../errors.ts';
import { checkDocument, decode, decodeFields } from './decode.ts';
import { encode } from './encode.ts';
import { Int, isDoc } from './types.ts';

const sample = serialize({
  _id: new ObjectId(),
  double: new Double(5),
  negativeZero: new Double(-0),
  int: new Int32(-7),
  long: Long.fromString('9007199254740993'),
  decimal: Decimal128.fromString('0.10'),
  text: '扶贫😀',
  '': 'empty key',
  nested: { list: [1, [2, { a: null }], true], date: new Date(-1) },
  pattern: /^a.b/i,
});

test('decoding and encoding give back the same bytes', () => {
  assert.deepEqual(Buffer.from(encode(decode(sample))), Buffer.from(sample));
});

test('number types are kept apart', () => {
  const fields = decode(sample);
  assert.equal(fields.get('double'), 5);
  assert.ok(fields.get('int') instanceof Int);
  assert.equal(fields.get('long'), 9007199254740993n);
  assert.ok(Object.is(fields.get('negativeZero'), -0));
});

test('fields keep their order, numbers among them too', () => {
  const fields = new Map([
    ['b', 'x'],
    ['1', 'y'],
    ['0', 'z'],
  ]);
  assert.deepEqual([...decode(encode(fields)).keys()], ['b', '1', '0']);
});

test('only the wanted fields are decoded', () => {
  const fields = decodeFields(sample, new Set(['int', 'nested']));
  assert.deepEqual([...fields.keys()], ['int', 'nested']);
  assert.ok(isDoc(fields.get('nested')));
});

test('every truncation and every wrong length is refused', () => {
  for (let length = 0; length < sample.length; length++)
    assert.throws(() => checkDocument(sample.subarray(0, length)), Error);
  const wrong = Buffer.from(sample);
  wrong.writeInt32LE(sample.length + 1, 0);
  assert.throws(() => checkDocument(wrong), MongoError);
});

test('whatever one changed byte makes of a document, what is accepted can be read by the driver', () => {
  const all = serialize({
    sample: deserialize(sample, { promoteValues: false }),
    code: new Code('x => x'),
    scoped: new Code('y', { a: 1 }),
    symbol: new BSONSymbol('s'),
    reference: new DBRef('c', new ObjectId()),
    binary: new Binary(Buffer.from('abc')),
    old: new Binary(Buffer.from('abc'), 2),
    id: new UUID(),
    stamp: new Timestamp({ t: 1, i: 2 }),
    last: new MaxKey(),
  });
  checkDocument(all);
  let accepted = 0;
  for (let at = 0; at < all.length; at++)
    for (let byte = 0; byte < 256; byte++) {
      const changed = Buffer.from(all);
      changed[at] = byte;
      try {
        checkDocument(changed);
      } catch {
        continue;
      }
      accepted++;
      try {
        deserialize(changed);
      } catch (error) {
        // MongoDB, too, stores patterns that are not JavaScript's.
        assert.match(String(error), /Invalid regular expression/, `byte ${at} set to ${byte}`);
      }
    }
  assert.ok(accepted > all.length * 10, `only ${accepted} accepted`);
});

test('text that is not UTF-8 is refused', () => {
  const bytes = Buffer.from(serialize({ a: 'xx' }));
  bytes[bytes.indexOf('xx')] = 0xff;
  assert.throws(() => checkDocument(bytes), /UTF-8/);
});

test('nesting ends at the limit', () => {
  const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) });
  checkDocument(serialize({ a: nested(150) }));
  assert.throws(() => checkDocument(serialize({ a: nested(250) })), /nesting/);
});
