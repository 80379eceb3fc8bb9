import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ByteReader, ByteWriter } from './bytes.codec.ts';

test('what is written is read back, whatever its size', () => {
  const part = fc.tuple(fc.maxSafeNat(), fc.string({ unit: 'binary' }), fc.uint8Array({ maxLength: 5000 }));
  fc.assert(
    fc.property(fc.array(part, { maxLength: 20 }), (parts) => {
      const writer = new ByteWriter();
      for (const [number, text, bytes] of parts) {
        writer.varint(number);
        writer.text(text);
        writer.bytes(bytes);
      }
      const reader = new ByteReader(writer.finish());
      for (const [number, text, bytes] of parts) {
        assert.equal(reader.varint(), number);
        assert.equal(reader.text(), text);
        assert.deepEqual(new Uint8Array(reader.bytes()), new Uint8Array(bytes));
      }
      assert.ok(reader.done);
    }),
  );
});

test('a cut message is an error, never a shorter one', () => {
  const writer = new ByteWriter();
  writer.text('票号');
  const whole = writer.finish();
  for (let size = 0; size < whole.length; size++) {
    assert.throws(() => new ByteReader(whole.subarray(0, size)).text(), RangeError);
  }
});

test('a finished message stands when its writer begins another', () => {
  const writer = new ByteWriter();
  writer.text('first');
  const first = writer.finish();
  writer.reset().text('other');
  assert.equal(new ByteReader(first).text(), 'first');
  assert.equal(new ByteReader(writer.take()).text(), 'other');
});
