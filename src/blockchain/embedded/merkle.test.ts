import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { leafHash, merklePath, merkleRoot, rootFromPath } from './merkle.ts';

const sha256 = (...parts: Uint8Array[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();
const leaves = (count: number): Buffer[] =>
  Array.from({ length: count }, (_, index) => leafHash(0, sha256(Buffer.of(index))));

test('two leaves are hashed together, apart from leaves', () => {
  const [left, right] = leaves(2);
  assert.ok(left && right);
  assert.deepEqual(merkleRoot([left, right]), sha256(Buffer.of(1), left, right));
  assert.deepEqual(left, sha256(Buffer.of(0), Buffer.of(0), sha256(Buffer.of(0))));
});

test('every leaf of every size leads to the root, and to no other leaf’s place', () => {
  for (let count = 1; count <= 20; count++) {
    const all = leaves(count);
    const root = merkleRoot(all).toString('hex');
    for (let index = 0; index < count; index++) {
      const path = merklePath(all, index);
      assert.equal(rootFromPath(all[index]?.toString('hex') ?? '', path), root, `${index} of ${count}`);
      if (count > 1)
        assert.notEqual(rootFromPath(all[(index + 1) % count]?.toString('hex') ?? '', path), root);
    }
  }
});

test('order, verdict and a doubled last leaf change the root', () => {
  const all = leaves(3);
  const root = merkleRoot(all).toString('hex');
  assert.notEqual(merkleRoot([...all].reverse()).toString('hex'), root);
  assert.notEqual(merkleRoot([...all, ...all.slice(-1)]).toString('hex'), root);
  const body = sha256(Buffer.of(9));
  assert.notDeepEqual(leafHash(0, body), leafHash(1, body));
});
