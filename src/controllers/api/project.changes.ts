/** Changes of projects and milestones. Bodies are the contract's own arguments without what the path and the platform supply. */
import { contentHashOf } from '#kernel/canonical-json.ts';
import { beijingDate } from '#kernel/dates.ts';
import { projectArgs } from '#kernel/records/project.ts';
import { DomainError } from '../../models/kernel/errors.ts';
import type { ProjectDoc } from '../../models/project/project.schema.ts';
import type { SignedIssue } from '../../models/issuer/issuer.service.ts';
import { change, type Change, type ContractCall, type Given } from './types.ts';

const tag = '项目 projects';
const subject = { kind: 'project', id: (params) => params.id ?? '' } as const satisfies Change<
  never,
  'project'
>['subject'];
const milestone = {
  kind: 'project',
  id: (params) => milestoneOf(params.id).projectId,
} as const satisfies Change<never, 'project'>['subject'];
const given = { requestId: true, id: true } as const;
const decision = projectArgs.check.omit(given);

function project(fn: string, args: object): ContractCall {
  return { contract: 'project', fn, args: { ...args } };
}

/** A milestone's id: `{projectId}~{number}`. */
function milestoneOf(id: string | undefined): { projectId: string; milestoneNo: number } {
  const [, projectId, no] = /^(.+)~(\d{1,2})$/.exec(id ?? '') ?? [];
  return { projectId: projectId ?? '', milestoneNo: Number(no ?? 0) };
}

/** Numbers and signs once per idempotency key; a repeat sends the same draft. */
async function signed({ platform, person, doc, once }: Given<unknown, ProjectDoc>): Promise<SignedIssue> {
  return once('sign', async () => {
    const { id, division, content, plan } = doc.record;
    if (doc.state !== 'REVIEWED' || plan === null)
      throw new DomainError('WRONG_STATE', `project ${id} is not ready to be approved`);
    const today = beijingDate(platform.now().getTime());
    return platform.services.issuer.sign({ id, division, content, plan }, person.orgId, today);
  });
}

export const projectChanges: readonly Change[] = [
  change({
    method: 'post',
    path: '/projects',
    tag,
    summary: '提交项目申请 Apply with a new project; `contentHash` is computed when left out',
    right: 'project.apply',
    body: projectArgs.apply
      .omit({ requestId: true, contentHash: true })
      .extend({ contentHash: projectArgs.apply.shape.contentHash.optional() }),
    call: ({ body }) =>
      project('apply', { ...body, contentHash: body.contentHash ?? contentHashOf(body.content) }),
  }),
  change({
    method: 'post',
    path: '/projects/{id}/submit',
    tag,
    summary: '再次提交 Submit the next revision of a returned or withdrawn application',
    right: 'project.apply',
    subject,
    body: projectArgs.apply.pick({ content: true }),
    call: ({ body, doc }) =>
      project('apply', { id: doc._id, content: body.content, contentHash: contentHashOf(body.content) }),
  }),
  change({
    method: 'post',
    path: '/projects/{id}/check',
    tag,
    summary: '县级审核 Check by a second person of the county',
    right: 'project.check',
    subject,
    body: decision,
    call: ({ body, doc }) => project('check', { id: doc._id, ...body }),
  }),
  change({
    method: 'post',
    path: '/projects/{id}/countersign',
    tag,
    summary: '财政会签 Countersign by the local finance bureau',
    right: 'project.countersign',
    subject,
    body: decision,
    call: ({ body, doc }) => project('countersign', { id: doc._id, ...body }),
  }),
  change({
    method: 'post',
    path: '/projects/{id}/review',
    tag,
    summary: '省级审核 Review; the default plan is proposed when `plan` is left out',
    right: 'project.review',
    subject,
    body: decision.extend({ plan: projectArgs.review.shape.plan.optional() }),
    call: async ({ body, doc, platform, once }) => {
      const today = beijingDate(platform.now().getTime());
      const plan =
        body.plan ?? (await once('plan', async () => platform.services.planning.propose(doc.record, today)));
      return project('review', { id: doc._id, ...body, plan });
    },
  }),
  change({
    method: 'post',
    path: '/projects/{id}/approve',
    money: true,
    tag,
    summary: '批准并签发数字汇票 Approve, sign and issue the digital draft in one transaction',
    right: 'project.decide',
    subject,
    body: decision,
    call: async (asked) =>
      project('decide', {
        id: asked.doc._id,
        ...asked.body,
        decision: 'approve',
        ...(await signed(asked)),
      }),
  }),
  change({
    method: 'post',
    path: '/projects/{id}/reject',
    tag,
    summary: '不予批准 Reject',
    right: 'project.decide',
    subject,
    body: decision,
    call: ({ body, doc }) =>
      project('decide', {
        id: doc._id,
        ...body,
        decision: 'reject',
        draftId: null,
        issuedOn: null,
        instructionSign: null,
      }),
  }),
  change({
    method: 'post',
    path: '/projects/{id}/return',
    tag,
    summary: '退回 Return to an earlier step, naming the fields in question',
    right: 'project.return',
    subject,
    body: projectArgs.return.omit(given).extend({ fields: projectArgs.return.shape.fields.default([]) }),
    call: ({ body, doc }) => project('return', { id: doc._id, ...body }),
  }),
  change({
    method: 'post',
    path: '/projects/{id}/withdraw',
    tag,
    summary: '撤回 Withdraw before the next person opens it',
    right: 'project.withdraw',
    subject,
    body: projectArgs.withdraw.omit(given),
    call: ({ body, doc }) => project('withdraw', { id: doc._id, ...body }),
  }),
  change({
    method: 'post',
    path: '/projects/{id}/close',
    tag,
    summary: '办结 Close a finished project',
    right: 'project.close',
    subject,
    body: projectArgs.close.omit(given),
    call: ({ body, doc }) => project('close', { id: doc._id, ...body }),
  }),
  change({
    method: 'post',
    path: '/milestones/{id}/progress',
    tag: '实施 milestones',
    summary: '上报进度 Report progress with proof; the id is `{projectId}~{number}`',
    right: 'project.reportProgress',
    subject: milestone,
    body: projectArgs.reportProgress.omit({ ...given, milestoneNo: true }),
    call: ({ body, params }) => {
      const { projectId: id, milestoneNo } = milestoneOf(params.id);
      return project('reportProgress', { id, milestoneNo, ...body });
    },
  }),
  change({
    method: 'post',
    path: '/milestones/{id}/progress/check',
    tag: '实施 milestones',
    summary: '核验进度 Check reported progress',
    right: 'project.checkProgress',
    subject: milestone,
    body: projectArgs.checkProgress.omit({ ...given, milestoneNo: true }),
    call: ({ body, params }) => {
      const { projectId: id, milestoneNo } = milestoneOf(params.id);
      return project('checkProgress', { id, milestoneNo, ...body });
    },
  }),
];
