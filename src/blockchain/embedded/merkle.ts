/** The Merkle tree over a block's transactions: leaves and nodes hashed apart, an odd node moves up unchanged. */
import { hash } from 'node:crypto';

const LEAF = Buffer.from([0]);
const NODE = Buffer.from([1]);
const EMPTY_ROOT = hash('sha256', Buffer.alloc(0), 'buffer');

/** One step from a leaf to the root: the sibling and the side it stands on. Hash in lower-case hex. */
export interface MerkleStep {
  readonly side: 'left' | 'right';
  readonly hash: string;
}

/**
 * The leaf of a transaction: SHA-256 over 0x00, the validation code's byte and the SHA-256 of its body.
 * The code is part of it, so that a verdict cannot be changed afterwards.
 */
export function leafHash(codeByte: number, bodyHash: Uint8Array): Buffer {
  return hash('sha256', Buffer.concat([LEAF, Buffer.from([codeByte]), bodyHash]), 'buffer');
}

/** The root over the leaves in order; SHA-256 of nothing for none. */
export function merkleRoot(leaves: readonly Buffer[]): Buffer {
  let level = leaves;
  while (level.length > 1) level = parents(level);
  return level[0] ?? EMPTY_ROOT;
}

/** The steps that lead from leaf `index` to the root. */
export function merklePath(leaves: readonly Buffer[], index: number): MerkleStep[] {
  const path: MerkleStep[] = [];
  let level = leaves;
  let position = index;
  while (level.length > 1) {
    const isRight = position % 2 === 1;
    const sibling = level[isRight ? position - 1 : position + 1];
    if (sibling) path.push({ side: isRight ? 'left' : 'right', hash: sibling.toString('hex') });
    level = parents(level);
    position = Math.floor(position / 2);
  }
  return path;
}

/** The root that a leaf and its path lead to, lower-case hex. */
export function rootFromPath(leaf: string, path: readonly MerkleStep[]): string {
  let current: Buffer = Buffer.from(leaf, 'hex');
  for (const step of path) {
    const sibling = Buffer.from(step.hash, 'hex');
    current = step.side === 'left' ? node(sibling, current) : node(current, sibling);
  }
  return current.toString('hex');
}

function parents(level: readonly Buffer[]): Buffer[] {
  const next: Buffer[] = [];
  for (let index = 0; index < level.length; index += 2) {
    const left = level[index] ?? EMPTY_ROOT;
    const right = level[index + 1];
    next.push(right ? node(left, right) : left);
  }
  return next;
}

function node(left: Buffer, right: Buffer): Buffer {
  return hash('sha256', Buffer.concat([NODE, left, right]), 'buffer');
}
