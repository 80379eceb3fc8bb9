/** Members and projects, each in the state in which it may be acted on; and the cases of the whole permission matrix by name. */
import { randomUUID } from 'node:crypto';
import { contentHashOf } from '#kernel/canonical-json.ts';
import type { Plan } from '#kernel/records/project.ts';
import { demoProjects } from '../../src/commands/demo/projects.ts';
import { personWith } from '../../src/commands/demo/world.ts';
import type { TestWeb } from './web.ts';

import { alertCases } from './rights-cases.alerts.ts';
import { moneyCases } from './rights-cases.money.ts';
import { action, fresh, opinion, type Case } from './rights-attempt.ts';

const organisationCase: Case = async () => {
  const organisation = { name: '新设指挥部', division: '522634', level: 'county' };
  const fields = { ...organisation, id: fresh('org'), role: 'county-command', uscc: '' };
  return Promise.resolve({
    page: action('member.registerOrganisation', 'new', fields),
    call: {
      contract: 'member',
      fn: 'registerOrganisation',
      args: {
        ...organisation,
        ...{ id: fresh('org'), roles: ['county-command'], uscc: null, issuerPublicKey: null },
      },
    },
  });
};

const newcomer = { orgId: 'pfd', role: 'province-finance' };
const userCase: Case = () =>
  Promise.resolve({
    page: {
      form: '/members/new',
      path: '/members/new',
      fields: { ...newcomer, userId: fresh('user'), name: '新来的人', posts: 'handle' },
    },
    call: {
      contract: 'member',
      fn: 'registerUser',
      args: { ...newcomer, id: fresh('user'), posts: ['handle'] },
    },
  });

async function registered(web: TestWeb): Promise<string> {
  const id = fresh('user');
  const { services } = web.platform;
  await services.joining.register(
    'sysadmin',
    { ...newcomer, role: 'province-finance', userId: id, name: '新来的人', posts: ['handle'] },
    `web-${randomUUID()}`,
  );
  await web.settled();
  return id;
}

const userStep =
  (fn: 'activateUser' | 'disable', step: string): Case =>
  async (web) => {
    const id = await registered(web);
    const reason = fn === 'disable' ? { reason: '调离' } : {};
    return {
      page: { form: `/members/people/${id}`, path: `/members/people/${id}/${step}`, fields: reason },
      call: {
        contract: 'member',
        fn,
        args: { id, ...reason, ...(fn === 'disable' ? { kind: 'user' } : {}) },
      },
    };
  };

const applyCase: Case = async (web) => {
  const project = await web.project('SUBMITTED');
  const applicant = personWith('cph-522634', 'handle');
  await web.platform.services.actions.act(applicant.userId, {
    contract: 'project',
    fn: 'withdraw',
    args: { requestId: randomUUID(), id: project.id, reason: '补充材料。' },
  });
  const doc = await web.platform.models.project.findById(project.id).lean();
  const person = await web.platform.services.people.bySignInName(applicant.userId);
  if (doc === null || person === null) throw new Error('nothing to apply for');
  await web.platform.services.applications.begin(person, doc);
  const [base] = demoProjects(web.world.today);
  const content = base?.content ?? project.content;
  const form = `/applications/${project.id}/review`;
  return {
    page: { form, path: `/applications/${project.id}/submit`, fields: {} },
    call: {
      contract: 'project',
      fn: 'apply',
      args: { id: project.id, content, contentHash: contentHashOf(content) },
    },
  };
};

const stepCase =
  (fn: 'check' | 'countersign', stage: 'SUBMITTED' | 'CHECKED'): Case =>
  async (web) => {
    const { id, content } = await web.project(stage);
    return {
      page: action(`project.${fn}`, id, { opinion }),
      call: { contract: 'project', fn, args: { id, contentHash: contentHashOf(content), opinion } },
    };
  };

const reviewCase: Case = async (web) => {
  const { id, content, county } = await web.project('COUNTERSIGNED');
  const plan: Plan = await web.world.plan({ id, division: county, content }, web.world.today);
  const deadlines = plan.legs.map((leg) => [`deadline-${leg.legId}`, leg.deadline]);
  const form = `/approvals/${id}`;
  return {
    page: { form, path: `${form}/review`, fields: { opinion, ...Object.fromEntries(deadlines) } },
    call: {
      contract: 'project',
      fn: 'review',
      args: { id, contentHash: contentHashOf(content), opinion, plan },
    },
  };
};

const decideCase =
  (decision: 'approve' | 'reject'): Case =>
  async (web) => {
    const { id, content, county } = await web.project('REVIEWED');
    const form = `/approvals/${id}`;
    const doc = await web.platform.models.project.findById(id).lean();
    const { plan } = doc?.record ?? {};
    if (plan === null || plan === undefined) throw new Error('the project was not reviewed');
    const signed =
      decision === 'approve'
        ? await web.world.sign({ id, division: county, content, plan }, web.world.today)
        : { draftId: null, issuedOn: null, instructionSign: null };
    return {
      page:
        decision === 'approve'
          ? { form, path: `${form}/approve`, fields: { opinion } }
          : action('project.decide', id, { opinion }),
      call: {
        contract: 'project',
        fn: 'decide',
        args: { id, contentHash: contentHashOf(content), opinion, decision, ...signed },
      },
    };
  };

const createCase: Case = async (web) => {
  const { id, draftId } = await web.project('ISSUED');
  const args = { ProjectID: id, DraftID: draftId ?? '', issuedOn: web.world.today, InstructionSign: '00' };
  return { page: null, call: { contract: 'draft', fn: 'create', args }, pastRights: 'WRONG_STATE' };
};

async function reported(web: TestWeb): Promise<string> {
  const { id, content } = await web.project('CIRCULATING');
  const unit = personWith(content.unitOrgId, 'handle');
  const proof = await web.world.proof(unit, { name: '记录.txt', text: id, ownerId: `${id}~1` });
  await web.platform.services.actions.act(unit.userId, {
    contract: 'project',
    fn: 'reportProgress',
    args: { requestId: randomUUID(), id, milestoneNo: 1, percent: 100, note: '完工', documents: [proof] },
  });
  return id;
}

const reportCase: Case = async (web) => {
  const { id, content } = await web.project('CIRCULATING');
  const unit = personWith(content.unitOrgId, 'handle');
  const proof = await web.world.proof(unit, { name: '记录.txt', text: id, ownerId: `${id}~1` });
  const form = `/projects/${id}/progress/1`;
  const fields = { percent: '60', note: '完成六成。' };
  return {
    page: { form, path: form, fields, file: { name: '记录.txt', text: `现场记录 ${id}` } },
    call: {
      contract: 'project',
      fn: 'reportProgress',
      args: { id, milestoneNo: 1, percent: 60, note: '', documents: [proof] },
    },
  };
};

const progressCase: Case = async (web) => {
  const id = await reported(web);
  return {
    page: action('project.checkProgress', id, { milestoneNo: '1', accept: 'yes', opinion }),
    call: { contract: 'project', fn: 'checkProgress', args: { id, milestoneNo: 1, accept: true, opinion } },
  };
};

/** Cases by the name they have in the table. */
export const rightsCases: Readonly<Record<string, Case>> = {
  'organisation is registered': organisationCase,
  'user is registered': userCase,
  'user is activated': userStep('activateUser', 'activate'),
  'user is disabled': userStep('disable', 'disable'),
  'project is applied for': applyCase,
  'county checks': stepCase('check', 'SUBMITTED'),
  'finance countersigns': stepCase('countersign', 'CHECKED'),
  'office reviews': reviewCase,
  'office approves': decideCase('approve'),
  'office rejects': decideCase('reject'),
  'draft is issued again': createCase,
  'progress is reported': reportCase,
  'progress is checked': progressCase,
  ...moneyCases,
  ...alertCases,
};
