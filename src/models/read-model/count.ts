/** Totals of lists. */
import type { Model } from 'mongoose';
import type { ScopeFilter } from '../member/scope.rules.ts';

/**
 * How many documents a filter leaves. Without a condition the collection's own count answers at once,
 * where counting would read every document.
 */
export async function countOf<T>(model: Model<T>, filter: ScopeFilter): Promise<number> {
  return Object.keys(filter).length === 0 ? model.estimatedDocumentCount() : model.countDocuments(filter);
}
