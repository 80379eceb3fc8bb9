/** Consistent views of the committed state, shared by the simulations that start at the same height. */
import type { StateView } from './simulation.ts';
import type { Snapshot, StateStore } from './state-store.ts';

/** A view in use: the state with at least `height` blocks applied. */
export interface HeldView extends StateView {
  readonly height: number;
}

interface CountedView extends HeldView {
  users: number;
  readonly snapshot: Snapshot;
}

/** Keeps one LevelDB snapshot per height for as long as a simulation reads from it. */
export class StateViews {
  readonly #store: StateStore;
  #current: CountedView | null = null;

  constructor(store: StateStore) {
    this.#store = store;
  }

  /** Runs `simulate` on the state as of `height`, which must already be applied. */
  async with<T>(height: number, simulate: (view: HeldView) => Promise<T>): Promise<T> {
    const view = await this.#acquire(height);
    try {
      return await simulate(view);
    } finally {
      await this.#release(view);
    }
  }

  /** Lets go of the last view. */
  async close(): Promise<void> {
    const last = this.#current;
    this.#current = null;
    if (last?.users === 0) await last.snapshot.close();
  }

  async #acquire(height: number): Promise<CountedView> {
    const old = this.#current;
    if (old?.height === height) {
      old.users++;
      return old;
    }
    const view = { store: this.#store, snapshot: this.#store.snapshot(), height, users: 1 };
    this.#current = view;
    if (old?.users === 0) await old.snapshot.close();
    return view;
  }

  async #release(view: CountedView): Promise<void> {
    view.users--;
    if (view.users === 0 && view !== this.#current) await view.snapshot.close();
  }
}
