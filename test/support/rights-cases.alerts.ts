/** Alerts at each step of their life. */
import { randomUUID } from 'node:crypto';
import { action, type Case } from './rights-attempt.ts';

const problem = (projectId: string | null): Record<string, unknown> => ({
  id: `report-${randomUUID()}`,
  subject: { projectId, draftId: null, legId: null, flowKey: null, serialNo: null },
  namedOrgIds: [],
  text: '现场与资料不符。',
  documents: [],
});

const problemCase: Case = () =>
  Promise.resolve({
    page: action('alert.report', 'new', { projectId: '', draftId: '', serialNo: '', text: '资料不符。' }),
    call: { contract: 'alert', fn: 'report', args: problem(null) },
  });

const life = ['assign', 'explain', 'rectify', 'review', 'close'] as const;
const by = {
  assign: 'plo-1',
  explain: 'imp-522634-1',
  rectify: 'imp-522634-1',
  review: 'plo-2',
  close: 'plo-3',
};

const alertCase =
  (step: (typeof life)[number]): Case =>
  async (web) => {
    const { id: projectId } = await web.project('SUBMITTED');
    const raised = problem(projectId);
    const submit = (userId: string, fn: string, args: object): Promise<unknown> =>
      web.platform.services.actions.act(userId, {
        ...{ contract: 'alert', fn },
        args: { requestId: randomUUID(), ...args },
      });
    await submit('cph-522634-1', 'report', raised);
    const said = { id: raised.id, text: '已核实。', documents: [] };
    const argsOf = (name: string): Record<string, unknown> =>
      name === 'assign' ? { ...said, responsibleOrgId: 'imp-522634' } : said;
    for (const earlier of life.slice(0, life.indexOf(step)))
      await submit(by[earlier], earlier, argsOf(earlier));
    const more = step === 'assign' ? { responsibleOrgId: 'imp-522634' } : {};
    return {
      page: action(`alert.${step}`, String(raised.id), { text: said.text, ...more }),
      call: { contract: 'alert', fn: step, args: argsOf(step) },
    };
  };

/** Rows 16 and 17. */
export const alertCases: Readonly<Record<string, Case>> = {
  'alert is explained': alertCase('explain'),
  'alert is rectified': alertCase('rectify'),
  'alert is reviewed': alertCase('review'),
  'alert is closed': alertCase('close'),
  'problem is reported': problemCase,
  'alert is assigned': alertCase('assign'),
};
