/** Validates a transaction's reads against the writes ordered since its simulation: MVCC and phantom checks. */
import type { LedgerRead, LedgerWrite, ValidationCode } from '../ledger.port.ts';
import type { RangeRead, ReadWriteSet } from './transaction.codec.ts';
import type { Version } from './state-store.ts';

interface LastWrite {
  readonly version: Version;
  readonly deleted: boolean;
}

/**
 * Remembers the last write of every key of the blocks that a running simulation may not have seen. A key that is not
 * remembered has not changed since, so no store is read at validation.
 */
export class ConflictWindow {
  readonly #lastWrites = new Map<string, LastWrite>();
  readonly #keysByBlock = new Map<number, string[]>();

  /**
   * The verdict on a simulation.
   * @param basis number of blocks the simulation certainly saw
   */
  validate(set: ReadWriteSet, basis: number): ValidationCode {
    if (!set.reads.every((read) => this.#isCurrent(read))) return 'MVCC_READ_CONFLICT';
    if (!set.ranges.every((range) => this.#isRangeCurrent(range, basis))) return 'PHANTOM_READ_CONFLICT';
    return 'VALID';
  }

  /** Notes the writes of a valid transaction, in order. */
  note(version: Version, writes: readonly LedgerWrite[]): void {
    if (writes.length === 0) return;
    let keys = this.#keysByBlock.get(version[0]);
    if (!keys) this.#keysByBlock.set(version[0], (keys = []));
    for (const write of writes) {
      keys.push(write.key);
      this.#lastWrites.set(write.key, { version, deleted: write.value === null });
    }
  }

  /** Forgets blocks below `height`, once every running simulation has seen them. */
  forgetBelow(height: number): void {
    for (const [block, keys] of this.#keysByBlock) {
      if (block >= height) return;
      this.#keysByBlock.delete(block);
      for (const key of keys) {
        if (this.#lastWrites.get(key)?.version[0] === block) this.#lastWrites.delete(key);
      }
    }
  }

  #isCurrent(read: LedgerRead): boolean {
    const last = this.#lastWrites.get(read.key);
    if (!last) return true;
    if (last.deleted) return read.version === null;
    return read.version !== null && isSame(read.version, last.version);
  }

  #isRangeCurrent(range: RangeRead, basis: number): boolean {
    if (!range.seen.every((read) => this.#isCurrent(read))) return false;
    const seen = new Set(range.seen.map((read) => read.key));
    for (const [block, keys] of this.#keysByBlock) {
      if (block < basis) continue;
      for (const key of keys) if (isInRange(key, range) && !seen.has(key) && this.#exists(key)) return false;
    }
    return true;
  }

  #exists(key: string): boolean {
    return this.#lastWrites.get(key)?.deleted === false;
  }
}

/** Order of two keys as Fabric sees them: by their UTF-8 bytes, which UTF-16 order is not beyond U+D7FF. */
export function compareKeys(left: string, right: string): number {
  const size = Math.min(left.length, right.length);
  for (let index = 0; index < size; index++) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a !== b) return codePointRank(a) - codePointRank(b);
  }
  return left.length - right.length;
}

/** Puts surrogates, the halves of code points above U+FFFF, after every other unit. */
function codePointRank(unit: number): number {
  if (unit >= 0xe000) return unit - 0x800;
  return unit >= 0xd800 ? unit + 0x2000 : unit;
}

function isInRange(key: string, range: RangeRead): boolean {
  if (compareKeys(key, range.start) < 0) return false;
  if (range.end === '') return true;
  const toEnd = compareKeys(key, range.end);
  return range.exhausted ? toEnd < 0 : toEnd <= 0;
}

function isSame(left: Version, right: Version): boolean {
  return left[0] === right[0] && left[1] === right[1];
}
