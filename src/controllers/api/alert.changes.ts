/** The life of an alert, and the report of a problem (问题申报). */
import { z } from 'zod';
import { alertArgs } from '#kernel/records/alert.ts';
import { change, type Change } from './types.ts';

const tag = '预警 alerts';
const given = { requestId: true, id: true } as const;

const asObject = z.record(z.string(), z.unknown());
const bodies = {
  assign: alertArgs.assign.omit(given),
  explain: alertArgs.explain.omit(given),
  rectify: alertArgs.rectify.omit(given),
  review: alertArgs.review.omit(given),
  close: alertArgs.close.omit(given),
} as const;

/** One step of an alert's life. */
function step(fn: 'assign' | 'explain' | 'rectify' | 'review' | 'close', summary: string): Change {
  return change({
    method: 'post',
    path: `/alerts/{id}/${fn}`,
    tag,
    summary,
    right: `alert.${fn}`,
    subject: { kind: 'alert', id: (params) => params.id ?? '' },
    body: bodies[fn],
    call: ({ body, doc }) => ({ contract: 'alert', fn, args: { id: doc._id, ...asObject.parse(body) } }),
  });
}

export const alertChanges: readonly Change[] = [
  change({
    method: 'post',
    path: '/alerts',
    tag,
    summary: '问题申报 Report a problem that the platform missed',
    right: 'alert.report',
    body: alertArgs.report.omit(given),
    call: ({ body, requestId }) => ({
      contract: 'alert',
      fn: 'report',
      args: { id: `report-${requestId.slice(4, 28)}`, ...body },
    }),
  }),
  step('assign', '指派 Name the unit that must answer'),
  step('explain', '说明 Explain'),
  step('rectify', '整改 Say what was put right'),
  step('review', '复核 Review'),
  step('close', '销号 Close, or close as a false alarm'),
];
