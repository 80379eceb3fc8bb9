/** The list of everything the web application answers; a new page adds one line. */
import type { Router } from 'express';
import type { Platform } from './compose.ts';
import { accountRoutes } from './controllers/account.controller.ts';
import { actionRoutes } from './controllers/action.controller.ts';
import { draftRoutes } from './controllers/draft.controller.ts';
import { projectRoutes } from './controllers/project.controller.ts';
import { homeRoutes } from './controllers/home.controller.ts';
import { liveRoutes } from './controllers/live.controller.ts';
import { signInRoutes } from './controllers/sign-in.controller.ts';

type Route = (platform: Platform) => Router;

/** Before sign-in. */
export const openRoutes: readonly Route[] = [signInRoutes];

/** For signed-in people. */
export const pageRoutes: readonly Route[] = [
  homeRoutes,
  liveRoutes,
  accountRoutes,
  actionRoutes,
  projectRoutes,
  draftRoutes,
];
