/** Browser assets: the platform's own files and the parts of libraries that pages use, all served from here. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Router, static as files } from 'express';

const folderOf = (name: string): string =>
  dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));

/** Serves the browser's own files, with the libraries that are taken from packages. */
export function assets(): Router {
  const router = Router();
  const day = { maxAge: '1d', index: false } as const;
  router.use('/vendor/tabler', files(join(folderOf('@tabler/core'), 'dist'), day));
  router.use('/vendor/swagger-ui', files(folderOf('swagger-ui-dist'), day));
  router.use(files(join(import.meta.dirname, '../../public'), { maxAge: '5m', index: false }));
  return router;
}
