/** The list of everything the web application answers; a new page adds one line. */
import type { Router } from 'express';
import type { Platform } from './compose.ts';
import { accountRoutes } from './controllers/account.controller.ts';
import { actionRoutes } from './controllers/action.controller.ts';
import { applicationRoutes } from './controllers/application.controller.ts';
import { balanceRoutes } from './controllers/balance.controller.ts';
import { bankProfileRoutes } from './controllers/bank-profile.controller.ts';
import { bankRoutes } from './controllers/banks.controller.ts';
import { approvalRoutes } from './controllers/approval.controller.ts';
import { fileRoutes } from './controllers/file.controller.ts';
import { disbursementRoutes } from './controllers/disbursement.controller.ts';
import { reconciliationRoutes } from './controllers/reconciliation.controller.ts';
import { alertRoutes } from './controllers/alert.controller.ts';
import { chainRoutes } from './controllers/chain.controller.ts';
import { statementRoutes } from './controllers/statement.controller.ts';
import { searchRoutes } from './controllers/search.controller.ts';
import { traceRoutes } from './controllers/trace.controller.ts';
import { draftRoutes } from './controllers/draft.controller.ts';
import { fundRoutes } from './controllers/funds.controller.ts';
import { membersRoutes } from './controllers/members.controller.ts';
import { operationRoutes } from './controllers/operations.controller.ts';
import { notificationRoutes } from './controllers/notification.controller.ts';
import { ownAccountRoutes } from './controllers/own-account.controller.ts';
import { projectRoutes } from './controllers/project.controller.ts';
import { homeRoutes } from './controllers/home.controller.ts';
import { inboxRoutes } from './controllers/inbox.controller.ts';
import { joiningRoutes } from './controllers/joining.controller.ts';
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
  ownAccountRoutes,
  actionRoutes,
  projectRoutes,
  draftRoutes,
  inboxRoutes,
  notificationRoutes,
  membersRoutes,
  joiningRoutes,
  fundRoutes,
  bankRoutes,
  operationRoutes,
  applicationRoutes,
  approvalRoutes,
  fileRoutes,
  alertRoutes,
  chainRoutes,
  searchRoutes,
  traceRoutes,
  disbursementRoutes,
  reconciliationRoutes,
  statementRoutes,
  bankProfileRoutes,
  balanceRoutes,
];
