/** Takes a demonstration project through its life, step by step, each step by the person who may do it. */
import { contentHashOf } from '#kernel/canonical-json.ts';
import { prefectureOf } from '#kernel/division.ts';
import { addDays } from '#kernel/dates.ts';
import type { Draft } from '#kernel/records/draft.ts';
import type { Plan, ProjectContent } from '#kernel/records/project.ts';
import { legIdsOf, pay, payAndMatch, personWith, type DemoWorld } from './world.ts';

/** How far a project has come, in order. */
export const stages = [
  'SUBMITTED',
  'CHECKED',
  'COUNTERSIGNED',
  'REVIEWED',
  'ISSUED',
  'RAISED',
  'CIRCULATING',
  'REDEEMABLE',
  'REQUESTED',
  'PARTIALLY_REDEEMED',
  'SETTLED',
] as const;
export type Stage = (typeof stages)[number];

/** A project of the demonstration and how far it comes. */
export interface DemoProject {
  readonly id: string;
  readonly county: string;
  readonly content: ProjectContent;
  readonly until: Stage;
  /** Days before today on which the draft was issued. */
  readonly issuedDaysAgo?: number;
  /** Changes the proposed plan before it is frozen, for example to set a deadline. */
  readonly alter?: (plan: Plan, today: string) => Plan;
  /** What happens after the stage is reached. */
  readonly afterwards?: (world: DemoWorld, project: DemoProject, draft: Draft) => Promise<void>;
}

/** Plays one project as far as it should come. */
export async function playProject(world: DemoWorld, project: DemoProject): Promise<void> {
  const reached = stages.indexOf(project.until);
  for (const step of approvalSteps.slice(0, reached + 1)) await step(world, project);
  if (reached < stages.indexOf('ISSUED')) return;
  let draft = await issue(world, project);
  for (const stage of stages.slice(stages.indexOf('RAISED'), reached + 1))
    draft = await moneySteps[stage as MoneyStage](world, project, draft);
  await project.afterwards?.(world, project, draft);
}

/** Acts on a project with the hash that is on the person's screen. */
export async function act(
  world: DemoWorld,
  project: DemoProject,
  step: { fn: string; by: [string, 'handle' | 'check' | 'decide']; opinion: string; more?: object },
): Promise<void> {
  const [orgId, post] = step.by;
  const args = {
    id: project.id,
    contentHash: contentHashOf(project.content),
    opinion: step.opinion,
    ...step.more,
  };
  await world.submit(personWith(orgId, post), {
    contract: 'project',
    fn: step.fn,
    args,
    key: `${step.fn}-${project.id}`,
  });
}

const command = (project: DemoProject): string => `cph-${project.county}`;
const issuedOn = (world: DemoWorld, project: DemoProject): string =>
  addDays(world.today, -(project.issuedDaysAgo ?? 0));

const approvalSteps: readonly ((world: DemoWorld, project: DemoProject) => Promise<void>)[] = [
  async (world, project) => {
    const args = { id: project.id, content: project.content, contentHash: contentHashOf(project.content) };
    await world.submit(personWith(command(project), 'handle'), {
      contract: 'project',
      fn: 'apply',
      args,
      key: `apply-${project.id}`,
    });
  },
  async (world, project) =>
    act(world, project, {
      fn: 'check',
      by: [command(project), 'check'],
      opinion: '材料齐全，预算合理，同意上报。',
    }),
  async (world, project) =>
    act(world, project, {
      fn: 'countersign',
      by: [`lfb-${prefectureOf(project.county)}`, 'check'],
      opinion: '资金来源落实，同意会签。',
    }),
  async (world, project) => {
    const proposed = await world.once(`plan-${project.id}`, () =>
      world.plan(
        { id: project.id, division: project.county, content: project.content },
        issuedOn(world, project),
      ),
    );
    const plan = project.alter?.(proposed, world.today) ?? proposed;
    await act(world, project, {
      fn: 'review',
      by: ['plo', 'check'],
      opinion: '路径与比例符合基金规定，提请审批。',
      more: { plan },
    });
  },
];

async function issue(world: DemoWorld, project: DemoProject): Promise<Draft> {
  const proposed = await world.once<Plan>(`plan-${project.id}`, () =>
    Promise.reject(new Error('the plan was made at review')),
  );
  const plan = project.alter?.(proposed, world.today) ?? proposed;
  const signed = await world.once(`sign-${project.id}`, () =>
    world.sign(
      { id: project.id, division: project.county, content: project.content, plan },
      issuedOn(world, project),
    ),
  );
  await act(world, project, {
    fn: 'decide',
    by: ['plo', 'decide'],
    opinion: '同意立项，签发数字汇票。',
    more: { decision: 'approve', ...signed },
  });
  return world.draft(signed.draftId);
}

type MoneyStage = 'RAISED' | 'CIRCULATING' | 'REDEEMABLE' | 'REQUESTED' | 'PARTIALLY_REDEEMED' | 'SETTLED';
const moneySteps: Record<
  MoneyStage,
  (world: DemoWorld, project: DemoProject, draft: Draft) => Promise<Draft>
> = {
  RAISED: async (world, _project, draft) => {
    await payAndMatch(world, draft, legIdsOf(draft, 'F'));
    return payAndMatch(world, draft, legIdsOf(draft, 'B'));
  },
  CIRCULATING: (world, _project, draft) => payAndMatch(world, draft, legIdsOf(draft, 'D')),
  REDEEMABLE: (world, project, draft) => acceptMilestone(world, project, draft, 1),
  REQUESTED: (world, project, draft) => request(world, project, draft, 1),
  PARTIALLY_REDEEMED: (world, project, draft) => redeem(world, project, draft, 1),
  SETTLED: async (world, project, draft) => {
    let now = draft;
    for (const { no } of project.content.milestones.slice(1)) {
      now = await acceptMilestone(world, project, now, no);
      now = await request(world, project, now, no);
      now = await redeem(world, project, now, no);
    }
    return now;
  },
};

/** The unit reports a milestone with proof, the county accepts it. */
export async function acceptMilestone(
  world: DemoWorld,
  project: DemoProject,
  draft: Draft,
  no: number,
): Promise<Draft> {
  const unit = personWith(project.content.unitOrgId, 'handle');
  const milestone = project.content.milestones.find((one) => one.no === no);
  const proof = await world.once(`proof-${project.id}-${no}`, () =>
    world.proof(unit, {
      name: `${milestone?.name ?? ''}验收记录.txt`,
      text: `${project.content.name} ${milestone?.name ?? ''} 已按设计完成。`,
      ownerId: `${project.id}~${no}`,
    }),
  );
  await world.submit(unit, {
    contract: 'project',
    fn: 'reportProgress',
    args: { id: project.id, milestoneNo: no, percent: 100, note: '已完工，资料附后。', documents: [proof] },
    key: `report-${project.id}-${no}`,
  });
  await world.submit(personWith(command(project), 'check'), {
    contract: 'project',
    fn: 'checkProgress',
    args: { id: project.id, milestoneNo: no, accept: true, opinion: '现场核验属实，同意验收。' },
    key: `accept-${project.id}-${no}`,
  });
  return world.until(draft.DraftID, `milestone ${no} accepted`, (now) => now.milestonesAccepted.includes(no));
}

/** The unit asks for the milestone's money. */
export async function request(
  world: DemoWorld,
  project: DemoProject,
  draft: Draft,
  no: number,
): Promise<Draft> {
  await world.submit(personWith(project.content.unitOrgId, 'handle'), {
    contract: 'draft',
    fn: 'accept',
    args: { action: 'request', DraftID: draft.DraftID, milestoneNo: no, opinion: '申请承兑。' },
    key: `request-${project.id}-${no}`,
  });
  return world.draft(draft.DraftID);
}

/** County and fund company check, the fund company pays, the payment leg reconciles. */
async function redeem(world: DemoWorld, project: DemoProject, draft: Draft, no: number): Promise<Draft> {
  const rid = draft.redemptions.findLast((one) => one.milestoneNo === no)?.rid;
  for (const orgId of [command(project), `cpc-${project.county}`]) {
    await world.submit(personWith(orgId, 'check'), {
      contract: 'draft',
      fn: 'accept',
      args: { action: 'check', DraftID: draft.DraftID, rid, opinion: '同意。' },
      key: `redeem-${orgId}-${project.id}-${no}`,
    });
  }
  const leg = draft.PlanPath.find((one) => one.milestoneNo === no);
  await pay(world, draft, leg?.legId ?? '');
  return world.until(draft.DraftID, `milestone ${no} paid`, (now) =>
    now.legs.some((one) => one.legId === leg?.legId && one.state === 'MATCHED'),
  );
}
