/** Sealed texts open again, under the same key and purpose only. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSealer } from './sealer.ts';

test('a text comes back, and two sealings of it differ', () => {
  const sealer = createSealer('k'.repeat(32), 'bank-keys');
  const [first, second] = [sealer.seal('whsec_秘密'), sealer.seal('whsec_秘密')];
  assert.notEqual(first, second);
  assert.equal(sealer.open(first), 'whsec_秘密');
  assert.ok(!first.includes('whsec'));
});

test('an altered text, another key and another purpose do not open', () => {
  const sealer = createSealer('k'.repeat(32), 'bank-keys');
  const sealed = Buffer.from(sealer.seal('secret'), 'base64');
  const altered = Buffer.from(sealed);
  altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1;
  assert.throws(() => sealer.open(altered.toString('base64')));
  assert.throws(() => createSealer('j'.repeat(32), 'bank-keys').open(sealed.toString('base64')));
  assert.throws(() => createSealer('k'.repeat(32), 'issuer-keys').open(sealed.toString('base64')));
});
