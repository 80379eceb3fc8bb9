/** The web application: middleware in order, then routes. It never listens. */
import { join } from 'node:path';
import express, { urlencoded, type Express } from 'express';
import type { RedisClientType } from 'redis';
import type { Platform } from './compose.ts';
import { apiDocs } from './controllers/api/docs.ts';
import { apiPath, jsonApi } from './controllers/api/index.ts';
import { bankApi } from './controllers/bank.api.ts';
import { healthRoutes } from './controllers/health.controller.ts';
import { csrfProtection } from './middleware/csrf.ts';
import { errorHandler, notFound } from './middleware/errors.ts';
import { pageLocals, pageTexts } from './middleware/page-locals.ts';
import { requirePerson, signedIn } from './middleware/person.ts';
import { createPushLimits } from './middleware/push-limits.ts';
import { redisGate } from './middleware/redis-gate.ts';
import { requestId } from './middleware/request-id.ts';
import { securityHeaders } from './middleware/security-headers.ts';
import { sessions } from './middleware/session.ts';
import { assets } from './controllers/assets.controller.ts';
import { openRoutes, pageRoutes } from './routes.ts';

/** @param sessionClient a connected Redis client for sessions alone */
export function createApp(platform: Platform, sessionClient: RedisClientType): Express {
  const { config, log, services, redisGuard } = platform;
  const app = express();
  app.set('view engine', 'pug');
  app.set('views', join(import.meta.dirname, 'views'));
  app.set('trust proxy', config.trustedProxy === 'none' ? false : config.trustedProxy);
  app.disable('x-powered-by');
  app.enable('view cache');

  app.use(requestId(log));
  // Before what only browsers need: a bank's programs push by the hundred a second.
  app.use(
    '/api/v1/bank',
    bankApi({
      ...services,
      limits: createPushLimits(redisGuard, {
        perSecond: config.bankRatePerSecond,
        burst: config.bankRateBurst,
      }),
      certificateHeader: config.clientCertificateHeader,
      bodySeconds: config.bankBodySeconds,
    }),
  );
  app.use(securityHeaders(config.publicUrl.startsWith('https:')));
  app.use('/assets', assets());
  app.use(healthRoutes(platform));
  app.use(apiPath, redisGate(platform), jsonApi(platform));
  app.use('/api/docs', apiDocs());
  app.use('/api', notFound);

  app.use(pageTexts(config));
  app.use(redisGate(platform));
  app.use(sessions(config, redisGuard.wrap(sessionClient)));
  app.use(urlencoded({ extended: false, limit: '256kb', parameterLimit: 2000 }));
  app.use(signedIn(services.people, platform.isReadModelWhole));
  app.use(pageLocals(platform));
  app.use(csrfProtection);
  for (const route of openRoutes) app.use(route(platform));
  app.use(requirePerson);
  for (const route of pageRoutes) app.use(route(platform));
  app.use(notFound);
  app.use(errorHandler(log));
  return app;
}
