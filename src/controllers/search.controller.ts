/** One search box: an exact number goes straight to its page, everything inside the person's scope. */
import { Router } from 'express';
import type { Platform } from '../compose.ts';
import { t } from '../messages/index.ts';
import { personOf } from '../middleware/person.ts';
import type { Hit } from '../models/search/search.service.ts';
import { paths } from '../paths.ts';

const pageOf: Readonly<Record<Hit['kind'], (id: string) => string>> = {
  project: paths.project,
  draft: paths.draft,
  flow: paths.flow,
  transaction: paths.transaction,
  township: (code) => `${paths.projects}?township=${code}`,
};

/** Route of the search box: an exact number leads to its page, anything else to a list. */
export function searchRoutes({ services: { search } }: Platform): Router {
  const router = Router();
  router.get(paths.search, async (req, res) => {
    const person = personOf(req);
    const query = typeof req.query.q === 'string' ? req.query.q.trim().slice(0, 100) : '';
    const exact = query === '' ? null : await search.exact(person, query);
    if (exact !== null) {
      res.redirect(303, pageOf[exact.kind](exact.id));
      return;
    }
    const hits = query === '' ? [] : await search.hits(person, query);
    res.render('search', {
      title: t('search.title'),
      query,
      hits: hits.map(({ kind, id, text }) => ({
        text: kind === 'township' ? t('search.township', { place: text }) : text,
        href: pageOf[kind](id),
      })),
    });
  });
  return router;
}
