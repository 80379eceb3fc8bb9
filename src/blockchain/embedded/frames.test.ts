import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { FrameReader, FrameSender } from './frames.ts';

/** The bytes that frames with these payloads have on the socket. */
function bytesOf(payloads: readonly Uint8Array[]): Buffer {
  const written: Buffer[] = [];
  const socket = { writable: true, write: (bytes: Buffer) => written.push(bytes) } as unknown as Socket;
  const sender = new FrameSender(socket);
  payloads.forEach((payload, index) => sender.send(2, index + 1, Buffer.from(payload)));
  sender.flush();
  assert.ok(written.length <= 1);
  return Buffer.concat(written);
}

test('frames come whole however the stream is cut', () => {
  const payloads = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 });
  const cuts = fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 1 });
  fc.assert(
    fc.property(payloads, cuts, (sent, sizes) => {
      const bytes = bytesOf(sent);
      const reader = new FrameReader();
      const got: Buffer[] = [];
      for (let at = 0, turn = 0; at < bytes.length; turn++) {
        const end = at + (sizes[turn % sizes.length] ?? 1);
        for (const frame of reader.push(bytes.subarray(at, end))) {
          assert.equal(frame.kind, 2);
          assert.equal(frame.id, got.push(Buffer.from(frame.payload)));
        }
        at = end;
      }
      assert.deepEqual(
        got.map(String),
        sent.map((payload) => Buffer.from(payload).toString()),
      );
    }),
  );
});

test('a frame that claims too much is refused', () => {
  const header = Buffer.alloc(9);
  header.writeUInt32LE(0x7fffffff);
  assert.throws(() => new FrameReader().push(header), RangeError);
});
