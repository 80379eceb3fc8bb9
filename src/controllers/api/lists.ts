/** Answers lists and single objects inside the person's scope. */
import type { Request, RequestHandler } from 'express';
import { z } from 'zod';
import type { Platform } from '../../compose.ts';
import { personOf } from '../../middleware/person.ts';
import { withinScope } from '../../models/member/scope.rules.ts';
import { modelOf, row, subjectOf, whole } from './subjects.ts';
import type { Asked, Params, Resource } from './types.ts';
import { checked, send } from './wire.ts';
import { countOf } from '../../models/read-model/count.ts';
import { totalWithin } from '../../models/tally/tally.service.ts';

/** Query parameters of a list, made from its own table row. */
export function listQuery(one: Resource): z.ZodObject {
  const sorts = Object.keys(one.sortable).flatMap((name) => [name, `-${name}`]);
  return z.object({
    page: z.coerce.number().int().min(1).max(100_000).default(1),
    size: z.coerce.number().int().min(1).max(200).default(20),
    sort: z.enum(sorts as [string, ...string[]]).default(one.defaultSort),
    ...Object.fromEntries(one.filters.map((name) => [name, z.string().max(200).optional()])),
  });
}
const listValues = z.looseObject({ page: z.number(), size: z.number(), sort: z.string() });

/** The list of one kind. */
export function listing(platform: Platform, one: Resource): RequestHandler {
  const query = listQuery(one);
  return async (req, res) => {
    const { page, size, sort, ...filters } = listValues.parse(checked(query, req.query));
    const set = Object.entries(filters).filter(([, value]) => value !== undefined && value !== '');
    const own = { ...Object.fromEntries(set), ...one.where?.(req.params as Params) };
    const where = withinScope(personOf(req), one.kind, own);
    const model = modelOf(platform.models, one.kind);
    const field = one.sortable[sort.replace(/^-/, '')] ?? '_id';
    const direction = sort.startsWith('-') ? -1 : 1;
    const [total, found] = await Promise.all([
      one.kind === 'draft' || one.kind === 'project'
        ? totalWithin(platform.models, personOf(req), { kind: one.kind, own })
        : countOf(model, where),
      model
        .find(where)
        .sort({ [field]: direction, _id: direction })
        .skip((page - 1) * size)
        .limit(size)
        .lean(),
    ]);
    send(res, 200, { items: found.map(row), total, page, size, asOfBlock: await asOfBlock(platform) });
  };
}

/** One object of a kind. */
export function single(platform: Platform, one: Resource): RequestHandler {
  return async (req, res) => {
    const person = personOf(req);
    const doc = await subjectOf(platform.models, person, { kind: one.kind, id: String(req.params.id) });
    const shown =
      one.one === undefined
        ? whole(person, one.kind, doc as unknown as Readonly<Record<string, unknown>>)
        : {
            ...row(doc as unknown as Readonly<Record<string, unknown>>),
            record: await one.one(askedOf(platform, req), doc),
          };
    const beside = await one.beside?.read(askedOf(platform, req), doc);
    send(res, 200, { ...shown, ...beside, asOfBlock: await asOfBlock(platform) });
  };
}

/** What a question works with, from its request. */
export function askedOf(
  platform: Platform,
  req: Request,
  query: Readonly<Record<string, string>> = {},
): Asked {
  return { platform, person: personOf(req), params: req.params as Params, query };
}

/** Number of the newest block that the read model shows. */
export async function asOfBlock({ height }: Pick<Platform, 'height'>): Promise<number> {
  return Math.max(0, (await height.current()) - 1);
}
