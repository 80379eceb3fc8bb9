/** Gives every request an id that its answer and its log lines carry. */
import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { Logger } from '../log.ts';
import './person.ts';

/** Sets `res.locals.requestId`, and logs method, path, status and ms when the answer is sent; no query, no body. */
export function requestId(log: Logger): RequestHandler {
  return (req, res, next) => {
    const id = randomUUID();
    const began = performance.now();
    res.locals.requestId = id;
    res.setHeader('X-Request-Id', id);
    res.on('finish', () => {
      if (req.path.startsWith('/assets/')) return;
      log.info(
        {
          requestId: id,
          method: req.method,
          path: req.originalUrl.split('?')[0],
          status: res.statusCode,
          ms: Math.round(performance.now() - began),
          userId: req.person?.userId,
        },
        'request',
      );
    });
    next();
  };
}
