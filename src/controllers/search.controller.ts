/** One search box: an exact number goes straight to its page, everything inside the person's scope. */
import { Router } from 'express';
import { normalAccount, normalSerial } from '#kernel/normal-form.ts';
import type { Platform } from '../compose.ts';
import { t } from '../messages/index.ts';
import { personOf } from '../middleware/person.ts';
import type { Person } from '../models/member/person.ts';
import { townshipFilter } from './place-filters.ts';
import { hidesKind, withinScope } from '../models/member/scope.rules.ts';
import type { ReadModels } from '../models/read-model/read-models.ts';
import { paths } from '../paths.ts';

/** A hit of a search that is not exact. */
interface Hit {
  readonly text: string;
  readonly href: string;
}

/** Route of the search box: an exact number leads to its page, anything else to a list. */
export function searchRoutes({ models }: Platform): Router {
  const router = Router();
  router.get(paths.search, async (req, res) => {
    const person = personOf(req);
    const query = typeof req.query.q === 'string' ? req.query.q.trim().slice(0, 100) : '';
    const exact = query === '' ? null : await exactHit(models, person, query);
    if (exact !== null) res.redirect(303, exact);
    else
      res.render('search', {
        title: t('search.title'),
        query,
        hits: query === '' ? [] : await hitsOf(models, person, query),
      });
  });
  return router;
}

async function exactHit(models: ReadModels, person: Person, query: string): Promise<string | null> {
  if ((await models.project.exists(withinScope(person, 'project', { _id: query }))) !== null)
    return paths.project(query);
  if ((await models.draft.exists(withinScope(person, 'draft', { _id: query }))) !== null)
    return paths.draft(query);
  if (/^[0-9a-f]{64}$/.test(query) && (await models.transaction.exists({ _id: query })) !== null)
    return paths.transaction(query);
  const flows = await models.flow
    .find(withinScope(person, 'flow', { serialNo: normalSerial(query) }), { _id: 1 })
    .limit(2)
    .lean();
  const [flow] = flows;
  return flows.length === 1 && flow !== undefined ? paths.flow(flow._id) : null;
}

async function hitsOf(models: ReadModels, person: Person, query: string): Promise<Hit[]> {
  const name = new RegExp(query.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const account = normalAccount(query);
  const [projects, flows, legs] = await Promise.all([
    models.project
      .find(withinScope(person, 'project', { name }), { name: 1 })
      .limit(20)
      .lean(),
    models.flow
      .find(withinScope(person, 'flow', { serialNo: normalSerial(query) }), { serialNo: 1, bookingDate: 1 })
      .limit(20)
      .lean(),
    models.leg
      .find(withinScope(person, 'leg', { $or: [{ payerAccount: account }, { payeeAccount: account }] }), {
        draftId: 1,
        projectName: 1,
        legId: 1,
      })
      .limit(20)
      .lean(),
  ]);
  const places = hidesKind(person, 'project')
    ? []
    : (townshipFilter(person).choices ?? []).filter((one) => one.value === query || name.test(one.text));
  return [
    ...places.map((one) => ({
      text: t('search.township', { place: one.text }),
      href: `${paths.projects}?township=${one.value}`,
    })),
    ...projects.map((one) => ({ text: `${one._id} ${one.name}`, href: paths.project(one._id) })),
    ...flows.map((one) => ({ text: `${one.serialNo} ${one.bookingDate}`, href: paths.flow(one._id) })),
    ...legs.map((one) => ({
      text: `${one.draftId} ${one.legId} ${one.projectName}`,
      href: paths.draft(one.draftId),
    })),
  ];
}
