/** Funds and their calls: the leading office proposes, the finance department confirms. */
import { z } from 'zod';
import { fundArgs } from '#kernel/records/fund.ts';
import { change, type Change } from './types.ts';

const tag = '基金 funds';
const fund = { kind: 'fund', id: (params) => params.id ?? '' } as const satisfies Change<
  never,
  'fund'
>['subject'];
const fundCall = {
  kind: 'fundCall',
  id: (params) => `${params.id}~${params.callId}`,
} as const satisfies Change<never, 'fundCall'>['subject'];

export const fundChanges: readonly Change[] = [
  change({
    method: 'post',
    path: '/funds',
    tag,
    summary: '设立基金 Propose a fund with its ratios (basis points and weights)',
    right: 'fund.create',
    body: fundArgs.create.omit({ requestId: true }),
    call: ({ body }) => ({ contract: 'fund', fn: 'create', args: body }),
  }),
  change({
    method: 'post',
    path: '/funds/{id}/confirm',
    tag,
    summary: '确认基金 Confirm a fund',
    right: 'fund.confirm',
    subject: fund,
    body: z.object({}),
    call: ({ doc }) => ({ contract: 'fund', fn: 'confirm', args: { id: doc._id } }),
  }),
  change({
    method: 'post',
    path: '/funds/{id}/calls',
    tag,
    summary: '发布征集 Propose a call of a fund',
    right: 'fund.openCall',
    subject: fund,
    body: fundArgs.openCall.omit({ requestId: true, fundId: true }),
    call: ({ body, doc }) => ({ contract: 'fund', fn: 'openCall', args: { fundId: doc._id, ...body } }),
  }),
  change({
    method: 'post',
    path: '/funds/{id}/calls/{callId}/confirm',
    tag,
    summary: '确认征集 Confirm a call',
    right: 'fund.confirmCall',
    subject: fundCall,
    body: z.object({}),
    call: ({ doc }) => ({
      contract: 'fund',
      fn: 'confirmCall',
      args: { fundId: doc.fundId, id: doc.callId },
    }),
  }),
  change({
    method: 'post',
    path: '/funds/{id}/calls/{callId}/close',
    tag,
    summary: '结束征集 Close a call',
    right: 'fund.closeCall',
    subject: fundCall,
    body: fundArgs.closeCall.pick({ reason: true }),
    call: ({ body, doc }) => ({
      contract: 'fund',
      fn: 'closeCall',
      args: { fundId: doc.fundId, id: doc.callId, ...body },
    }),
  }),
];
