/** Validates a transaction's reads against the writes ordered since its simulation: MVCC and phantom checks. */
import { isComposite, LAST_CODE_POINT } from './composite-key.ts';
import type { LedgerRead, ValidationCode } from '../ledger.port.ts';
import type { RangeRead, ReadWriteSet, StateWrite } from './transaction.codec.ts';
import type { Version } from './state-row.ts';

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
  /** Keys written by block, then by name space, so that a range is held against few of them. */
  readonly #keysByBlock = new Map<number, Map<string, string[]>>();

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
  note(version: Version, writes: readonly StateWrite[]): void {
    if (writes.length === 0) return;
    let spaces = this.#keysByBlock.get(version[0]);
    if (!spaces) this.#keysByBlock.set(version[0], (spaces = new Map<string, string[]>()));
    for (const write of writes) {
      const space = nameSpaceOf(write.key);
      const keys = spaces.get(space);
      if (keys) keys.push(write.key);
      else spaces.set(space, [write.key]);
      this.#lastWrites.set(write.key, { version, deleted: write.value === null });
    }
  }

  /** Forgets blocks below `height`, once every running simulation has seen them. */
  forgetBelow(height: number): void {
    for (const [block, spaces] of this.#keysByBlock) {
      if (block >= height) return;
      this.#keysByBlock.delete(block);
      for (const keys of spaces.values()) this.#forget(block, keys);
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
    const isInside = insideOf(range);
    const isPhantom = (key: string): boolean => isInside(key) && !seen.has(key) && this.#exists(key);
    for (const [block, spaces] of this.#keysByBlock) {
      if (block >= basis && spaces.get(nameSpaceOf(range.start))?.some(isPhantom)) return false;
    }
    return true;
  }

  #forget(block: number, keys: readonly string[]): void {
    for (const key of keys) {
      if (this.#lastWrites.get(key)?.version[0] === block) this.#lastWrites.delete(key);
    }
  }

  #exists(key: string): boolean {
    return this.#lastWrites.get(key)?.deleted === false;
  }
}

/** The object type a composite key begins with, '' for a simple key. A range never leaves the space it begins in. */
function nameSpaceOf(key: string): string {
  return isComposite(key) ? key.slice(0, key.indexOf('\u0000', 1)) : '';
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

function insideOf({ start, end, exhausted }: RangeRead): (key: string) => boolean {
  // Of keys with the same beginning, most ranges, no order needs to be known.
  if (exhausted && end === start + LAST_CODE_POINT)
    return (key) => key.startsWith(start) && !key.startsWith(end);
  return (key) => {
    if (compareKeys(key, start) < 0) return false;
    if (end === '') return true;
    const toEnd = compareKeys(key, end);
    return exhausted ? toEnd < 0 : toEnd <= 0;
  };
}

function isSame(left: Version, right: Version): boolean {
  return left[0] === right[0] && left[1] === right[1];
}
