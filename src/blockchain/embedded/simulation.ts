/** One simulation of a transaction: what it reads from the committed state and what it would write. */
import { isUtf8 } from 'node:buffer';
import type { LedgerEvent, LedgerRead } from '../ledger.port.ts';
import type { RangeRead, ReadWriteSet } from './transaction.codec.ts';
import type { StoredValue, Version } from './state-row.ts';
import type { Snapshot, StateStore, StateWalk } from './state-store.ts';

/** The committed state at one height. */
export interface StateView {
  readonly store: StateStore;
  readonly snapshot: Snapshot;
}

/** A range being walked; the versions seen are filled in as the contract goes on. */
export interface OpenRange {
  readonly start: string;
  readonly end: string;
  readonly seen: LedgerRead[];
  exhausted: boolean;
}

/** Collects reads, ranges, writes and the event. Reads never see the simulation's own writes, as in Fabric. */
export class Simulation {
  readonly #view: StateView;
  readonly #reads = new Map<string, Version | null>();
  readonly #writes = new Map<string, Buffer | null>();
  readonly #ranges: OpenRange[] = [];
  readonly #walks: StateWalk[] = [];
  #event: LedgerEvent | null = null;
  #hasPaged = false;

  constructor(view: StateView) {
    this.#view = view;
  }

  /** The committed value of a key; the version seen is recorded. */
  read(key: string): Buffer | null {
    const stored = this.#view.store.get(key, this.#view.snapshot);
    this.#reads.set(key, stored?.version ?? null);
    return stored?.value ?? null;
  }

  /** Keeps the bytes, without a copy. @throws Error for an empty key, bytes that are not UTF-8, or after a paginated query, as in Fabric */
  write(key: string, value: Uint8Array | null): void {
    if (key === '') throw new Error('key must not be an empty string');
    if (this.#hasPaged) throw new Error('a transaction that has performed a paginated query must not write');
    if (value !== null && !isUtf8(value)) throw new Error('values on this ledger are UTF-8 text');
    this.#writes.set(key, value === null ? null : Buffer.from(value.buffer, value.byteOffset, value.length));
  }

  /** Opens a range; what is taken from it is recorded for the phantom check. */
  openRange(start: string, end: string): { readonly range: OpenRange; readonly walk: StateWalk } {
    const range: OpenRange = { start, end, seen: [], exhausted: false };
    const walk = this.#view.store.range(start, end, this.#view.snapshot);
    this.#ranges.push(range);
    this.#walks.push(walk);
    return { range, walk };
  }

  /** Closes the walks the contract has left open; they would hold the snapshot. */
  async close(): Promise<void> {
    for (const walk of this.#walks) await walk.close();
  }

  /** Notes that results came in pages: such a transaction must not write. */
  notePagination(): void {
    this.#hasPaged = true;
  }

  /** Sets the one event; the last one set stands, as in Fabric. */
  setEvent(event: LedgerEvent): void {
    this.#event = event;
  }

  /** What the simulation read and wrote. */
  finish(): ReadWriteSet {
    return {
      reads: [...this.#reads].map(([key, version]) => ({ key, version })),
      ranges: this.#ranges.map(closeRange),
      writes: [...this.#writes].map(([key, value]) => ({ key, value })),
      event: this.#event,
    };
  }
}

/** One row handed to the contract. */
export type RangeRow = StoredValue & { readonly key: string };

function closeRange(range: OpenRange): RangeRead {
  const last = range.seen.at(-1);
  if (range.exhausted) return range;
  // Nothing was taken: an empty stretch that cannot conflict.
  return { ...range, end: last?.key ?? range.start, exhausted: last === undefined };
}
