/** Manual matches: proposed by one person of the payer, confirmed or refused by another. */
import { z } from 'zod';
import { reconciliationArgs } from '#kernel/records/reconciliation.ts';
import { change, type Change } from './types.ts';

const tag = '对账 reconciliation';
const [proposal, conclusion] = reconciliationArgs.match.options;

function conclude(action: 'confirm' | 'refuse', summary: string): Change {
  return change({
    method: 'post',
    path: `/matches/{id}/${action}`,
    money: true,
    tag,
    summary,
    right: `reconciliation.${action}Match`,
    subject: { kind: 'match', id: (params) => params.id ?? '' },
    body: conclusion.pick({ opinion: true }),
    call: ({ body, doc }) => ({
      ...{ contract: 'reconciliation', fn: 'match' },
      args: { action, id: doc._id, opinion: body.opinion },
    }),
  });
}

export const matchChanges: readonly Change[] = [
  change({
    method: 'post',
    path: '/flows/{id}/matches',
    money: true,
    tag,
    summary: '提出人工匹配 Propose which legs a flow belongs to; for a return also the payment it takes back',
    right: 'reconciliation.proposeMatch',
    subject: { kind: 'flow', id: (params) => params.id ?? '' },
    body: proposal
      .omit({ requestId: true, action: true, flowKey: true })
      .extend({ evidence: z.array(z.string()).default([]) }),
    call: ({ body, doc }) => ({
      ...{ contract: 'reconciliation', fn: 'match' },
      args: { action: 'propose', flowKey: doc._id, ...body },
    }),
  }),
  conclude('confirm', '确认人工匹配 Confirm a manual match as the second person'),
  conclude('refuse', '否决人工匹配 Refuse a manual match as the second person'),
];
