/** What operators do through the API: the check of the read model, and the steps of alerts about the platform itself. */
import { z } from 'zod';
import { checkQueue, wholeCheck } from '../../jobs/check.names.ts';
import { DomainError } from '../../models/kernel/errors.ts';
import { change, type Change } from './types.ts';
import { systemAlertDeed } from '../system-alert.controller.ts';

export const operationChanges: readonly Change[] = [
  change({
    method: 'post',
    path: '/jobs/check',
    tag: '运行 jobs',
    summary:
      '全量核对 Derive the read model again from the blocks and compare, as a job; GET /jobs shows the result',
    body: z.object({}),
    run: async ({ platform, person }) => {
      if (person.role !== 'sys-admin')
        throw new DomainError('ROLE_NOT_ALLOWED', `${person.userId} may not run the check`);
      await platform.services.operations.startOnce(checkQueue, wholeCheck);
      return { result: { queued: true } };
    },
  }),
  change({
    method: 'post',
    path: '/system-alerts/{id}/steps',
    tag: '预警 alerts',
    summary: '系统预警处置 Take the next step of an alert about the platform itself',
    body: systemAlertDeed,
    run: async ({ platform, person, params, body }) => {
      const { responsibleOrgId, ...deed } = body;
      const unit = responsibleOrgId === undefined || responsibleOrgId === '' ? {} : { responsibleOrgId };
      await platform.services.systemAlerts.act(params.id ?? '', person, { ...deed, ...unit });
      return { result: { id: params.id } };
    },
  }),
];
