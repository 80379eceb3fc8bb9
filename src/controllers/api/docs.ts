/** The API's document to be browsed offline: the viewer and its start script are served from here. */
import { Router } from 'express';
import { label } from '../../messages/index.ts';

/** The page at /api/docs. */
export function apiDocs(): Router {
  const router = Router();
  router.get('/', (_req, res) => res.render('api-docs', { title: label('api.title') }));
  return router;
}
