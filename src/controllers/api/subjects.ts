/** Finds the object of a path inside the person's scope, and shapes it for the wire. */
import type { Model } from 'mongoose';
import { DomainError } from '../../models/kernel/errors.ts';
import type { Person } from '../../models/member/person.ts';
import { withinScope } from '../../models/member/scope.rules.ts';
import type { ReadModelDocs, ReadModels } from '../../models/read-model/read-models.ts';
import type { ApiKind } from './types.ts';

/** One of many models; all of them are queried the same way. */
export function modelOf(models: ReadModels, kind: ApiKind): Model<Record<string, unknown>> {
  return models[kind] as unknown as Model<Record<string, unknown>>;
}

/** @throws DomainError NOT_FOUND, the same for what is not there and for what the person may not see */
export async function subjectOf<K extends ApiKind>(
  models: ReadModels,
  person: Person,
  wanted: { readonly kind: K; readonly id: string },
): Promise<ReadModelDocs[K]> {
  const own = withinScope(person, wanted.kind, { _id: wanted.id });
  const found = await modelOf(models, wanted.kind).findOne(own).lean();
  if (found === null) throw new DomainError('NOT_FOUND', `no ${wanted.kind} ${wanted.id} in scope`);
  return found as unknown as ReadModelDocs[K];
}

/** Fields of the read model that are its own affair. */
const inward = new Set(['_id', '__v', 'ver', 'txIndex', 'parties', 'draftParties', 'record']);
/** Who reported a problem is shown to these alone. */
const seesReporter: readonly Person['role'][] = ['leading-office', 'auditor'];

/** A document as a row of a list. */
export function row(doc: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const outward = Object.entries(doc).filter(([name]) => !inward.has(name));
  return { id: doc._id, ...Object.fromEntries(outward) };
}

/** A document whole, with its ledger record; a reporter's name is left out for those who may not know it. */
export function whole(person: Person, kind: ApiKind, doc: Readonly<Record<string, unknown>>): object {
  const { record } = doc;
  if (record === undefined || record === null) return row(doc);
  if (kind !== 'alert' || doc.reported !== true || seesReporter.includes(person.role))
    return { ...row(doc), record };
  const { reporter: _, parties: __, life, ...rest } = record as ReadModelDocs['alert']['record'];
  const hidden = life.map((one) => (one.step === 'raise' ? { ...one, act: { at: one.act.at } } : one));
  return { ...row(doc), record: { ...rest, life: hidden } };
}
