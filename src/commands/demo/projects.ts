/** The demonstration's projects: a handful in every state, some with something wrong, one leg due yesterday. */
import { addDays, isWorkingDay } from '#kernel/dates.ts';
import type { Draft } from '#kernel/records/draft.ts';
import type { Plan, ProjectContent } from '#kernel/records/project.ts';
import { act, type DemoProject } from './project-life.ts';
import { townships } from '../../models/division/townships.ts';
import { legOf, pay, payAndMatch, personWith, type DemoWorld } from './world.ts';

/** The two funds: the thesis' ratios, and one of fiscal money alone. */
export const funds = {
  mixed: { id: 'fund-industry', callId: 'call-2026' },
  fiscal: { id: 'fund-fiscal', callId: 'call-2026' },
} as const;

interface Outline {
  readonly county: string;
  readonly name: string;
  readonly category: ProjectContent['category'];
  /** Yuan, whole. */
  readonly amountYuan: number;
  readonly until: DemoProject['until'];
  readonly fund?: keyof typeof funds;
  readonly more?: Partial<Pick<DemoProject, 'issuedDaysAgo' | 'alter' | 'afterwards'>>;
}

const outlines: readonly Outline[] = [
  {
    county: '522634',
    name: '大塘镇通村公路硬化工程',
    category: 'road',
    amountYuan: 10_000_000,
    until: 'ISSUED',
    more: { afterwards: wrongAmount },
  },
  {
    county: '520526',
    name: '石门乡高山蔬菜大棚',
    category: 'greenhouse',
    amountYuan: 6_800_000,
    until: 'SETTLED',
  },
  {
    county: '522727',
    name: '大塘镇茶叶加工车间',
    category: 'industry',
    amountYuan: 8_200_000,
    until: 'PARTIALLY_REDEEMED',
  },
  {
    county: '522633',
    name: '加勉乡人畜饮水工程',
    category: 'water',
    amountYuan: 3_600_000,
    until: 'SUBMITTED',
  },
  {
    county: '520527',
    name: '河镇乡中药材基地',
    category: 'industry',
    amountYuan: 4_500_000,
    until: 'CHECKED',
  },
  {
    county: '522326',
    name: '郊纳镇紫茶产业路',
    category: 'road',
    amountYuan: 5_120_000,
    until: 'COUNTERSIGNED',
  },
  {
    county: '522622',
    name: '谷陇镇蔬菜冷链库',
    category: 'industry',
    amountYuan: 7_300_000,
    until: 'REVIEWED',
  },
  {
    county: '522327',
    name: '双江镇果园水肥一体化',
    category: 'greenhouse',
    amountYuan: 2_980_000,
    until: 'ISSUED',
  },
  {
    county: '522325',
    name: '鲁容乡产业机耕道',
    category: 'road',
    amountYuan: 4_060_000,
    until: 'ISSUED',
    more: { issuedDaysAgo: 14, alter: firstLegDueYesterday },
  },
  { county: '520423', name: '简嘎乡卫生院改造', category: 'health', amountYuan: 3_250_000, until: 'RAISED' },
  {
    county: '520525',
    name: '董地乡生猪养殖场',
    category: 'industry',
    amountYuan: 9_400_000,
    until: 'CIRCULATING',
  },
  {
    county: '520626',
    name: '桶井乡小学食堂',
    category: 'education',
    amountYuan: 1_860_000,
    until: 'REDEEMABLE',
  },
  {
    county: '520281',
    name: '保基乡饮水提升工程',
    category: 'water',
    amountYuan: 5_400_000,
    until: 'REQUESTED',
  },
  {
    county: '522632',
    name: '定威乡通组路',
    category: 'road',
    amountYuan: 3_720_000,
    until: 'ISSUED',
    more: { afterwards: freeze },
  },
  {
    county: '520425',
    name: '大营镇农贸市场',
    category: 'industry',
    amountYuan: 2_640_000,
    until: 'ISSUED',
    more: { afterwards: cancel },
  },
  {
    county: '520204',
    name: '营盘乡猕猴桃基地',
    category: 'greenhouse',
    amountYuan: 8_880_000,
    until: 'CIRCULATING',
    fund: 'fiscal',
  },
  {
    county: '522729',
    name: '代化镇养蜂合作社',
    category: 'industry',
    amountYuan: 1_200_000,
    until: 'ISSUED',
    more: { afterwards: wrongPayee },
  },
  {
    county: '520623',
    name: '国荣乡灌溉水渠',
    category: 'water',
    amountYuan: 2_150_000,
    until: 'ISSUED',
    more: { afterwards: silentBank },
  },
  {
    county: '520326',
    name: '石朝乡危房改造',
    category: 'housing',
    amountYuan: 4_770_000,
    until: 'CHECKED',
    more: {},
  },
  {
    county: '522324',
    name: '三宝街道搬迁配套车间',
    category: 'industry',
    amountYuan: 6_060_000,
    until: 'ISSUED',
    more: { afterwards: unregistered },
  },
];

/** The projects, their dates counted from `today` (Beijing). */
export function demoProjects(today: string): DemoProject[] {
  return outlines.map((outline, at) => ({
    id: `XM-${outline.county}-${today.slice(0, 4)}-${String(at + 1).padStart(4, '0')}`,
    county: outline.county,
    content: contentOf(outline, today),
    until: outline.until,
    ...outline.more,
  }));
}

function contentOf(outline: Outline, today: string): ProjectContent {
  const fund = funds[outline.fund ?? 'mixed'];
  const total = BigInt(outline.amountYuan) * 100n;
  const parts = [(total * 3n) / 10n, (total * 4n) / 10n] as const;
  const last = total - parts[0] - parts[1];
  const milestone = (
    no: number,
    name: string,
    days: number,
    amount: bigint,
  ): ProjectContent['milestones'][number] => ({
    no,
    name,
    plannedDate: addDays(today, days),
    amountFen: String(amount),
  });
  return {
    name: outline.name,
    townshipCode: townships.find((one) => one.countyCode === outline.county)?.townshipCode ?? '',
    category: outline.category,
    summary: `${outline.name}，惠及当地脱贫人口，按批复方案组织实施。`,
    fundId: fund.id,
    callId: fund.callId,
    amountFen: String(total),
    unitOrgId: `imp-${outline.county}`,
    budget: [
      { item: '工程款', amountFen: String(parts[0] + parts[1]) },
      { item: '设备与监理费', amountFen: String(last) },
    ],
    milestones: [
      milestone(1, '开工与基础', 30, parts[0]),
      milestone(2, '主体完工', 90, parts[1]),
      milestone(3, '验收交付', 150, last),
    ],
    documents: [],
  };
}

/** The first fiscal leg was due on the last working day before today. */
function firstLegDueYesterday(plan: Plan, today: string): Plan {
  const due = [1, 2, 3].map((back) => addDays(today, -back)).find((day) => isWorkingDay(day, [])) ?? today;
  return { ...plan, legs: plan.legs.map((leg) => (leg.legId === 'F1' ? { ...leg, deadline: due } : leg)) };
}

async function wrongAmount(world: DemoWorld, _project: DemoProject, draft: Draft): Promise<void> {
  await payAndMatch(world, draft, ['F1']);
  await pay(world, draft, 'F2', 'wrong-amount');
}

async function wrongPayee(world: DemoWorld, _project: DemoProject, draft: Draft): Promise<void> {
  await pay(world, draft, 'F1', 'wrong-account');
}

async function silentBank(world: DemoWorld, _project: DemoProject, draft: Draft): Promise<void> {
  await pay(world, draft, 'F1', 'silent');
}

/** Money moved that nobody registered. */
async function unregistered(world: DemoWorld, project: DemoProject, draft: Draft): Promise<void> {
  const leg = legOf(draft, 'F1');
  const asked = {
    payerAccount: leg.payer.account,
    payeeAccount: leg.payee.account,
    amountFen: leg.amountFen,
    purpose: '拨款',
  };
  await world.once(`transfer-${project.id}-F1`, () => world.transfer(asked));
}

async function freeze(world: DemoWorld, project: DemoProject, draft: Draft): Promise<void> {
  await world.submit(personWith('plo', 'decide'), {
    contract: 'draft',
    fn: 'freeze',
    args: { DraftID: draft.DraftID, reason: '群众举报选址争议，暂停拨付待核查。' },
    key: `freeze-${project.id}`,
  });
}

async function cancel(world: DemoWorld, project: DemoProject, draft: Draft): Promise<void> {
  for (const post of ['check', 'decide'] as const) {
    await world.submit(personWith('plo', post), {
      contract: 'draft',
      fn: 'cancel',
      args: { DraftID: draft.DraftID, reason: '项目已由其他渠道实施，撤销出票。' },
      key: `cancel-${post}-${project.id}`,
    });
  }
}

/** Sends one application back to the county with the fields in question. */
export async function returnOne(world: DemoWorld, projects: readonly DemoProject[]): Promise<void> {
  const project = projects.at(-2);
  if (project === undefined) return;
  await act(world, project, {
    fn: 'return',
    by: [`lfb-${project.county.slice(0, 4)}`, 'check'],
    opinion: '预算中监理费缺少依据，请补充。',
    more: { returnTo: 'apply', fields: ['/budget/1'] },
  });
}
