/** Makes the read model anew from block 0, beside a running projector if there is one. */
import type { Ledger } from '../ledger.port.ts';
import type { ProjectionTarget } from './projection.port.ts';
import { createProjector } from './projector.ts';

/** A read model that can be emptied; between begin and end only this very object may project. */
export interface RebuildTarget extends ProjectionTarget {
  /** Whether what is there was made by another version, so that pages would miss something. */
  isOutdated(): Promise<boolean>;
  beginRebuild(): Promise<void>;
  endRebuild(): Promise<void>;
  height(): Promise<number>;
}

/** What a rebuild works with. */
export interface RebuildDeps {
  readonly ledger: Ledger;
  readonly target: RebuildTarget;
}

/**
 * Drops every derived collection and projects up to the height that the ledger has by then; other projectors of the
 * channel wait meanwhile. When this process dies half-way, a projector takes over after half a minute.
 * @returns the height reached
 * @throws ProjectionError when a block cannot be projected; anything that ledger or database throw
 */
export async function rebuildReadModel({ ledger, target }: RebuildDeps): Promise<number> {
  await target.beginRebuild();
  await createProjector({ ledger, target }).catchUp();
  await target.endRebuild();
  return await target.height();
}

/**
 * Makes a read model of another version anew, so that nobody who updates the program has to remember it.
 * @returns whether it was outdated
 * @throws as `rebuildReadModel`
 */
export async function renewOutdated(deps: RebuildDeps): Promise<boolean> {
  if (!(await deps.target.isOutdated())) return false;
  await rebuildReadModel(deps);
  return true;
}
