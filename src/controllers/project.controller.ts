/** Projects: the list, and one with all its tabs. */
import { Router, type Request } from 'express';
import type { Platform } from '../compose.ts';
import { label, t } from '../messages/index.ts';
import { personOf } from '../middleware/person.ts';
import { offeredActions } from '../models/action/action.catalog.ts';
import { DomainError } from '../models/kernel/errors.ts';
import { namesOf } from '../models/member/names.service.ts';
import { mayDo, whyNot } from '../models/member/rights.rules.ts';
import type { Person } from '../models/member/person.ts';
import { placeOf } from '../models/division/townships.ts';
import { withinScope } from '../models/member/scope.rules.ts';
import type { ProjectDoc } from '../models/project/project.schema.ts';
import { courseSituation, othersThan } from '../models/project/course.rules.ts';
import { returnedView } from '../models/project/submission.page.ts';
import { namedFields } from '../models/project/changes.rules.ts';
import { stagesOf, turnOf } from '../models/project/project-page.rules.ts';
import { projectContent, projectStates } from '#kernel/records/project.ts';
import { paths } from '../paths.ts';
import { readList, withTotal, type List, type ListOptions } from './list.ts';
import { ofPlace, townshipFilter } from './place-filters.ts';
import { totalWithin } from '../models/tally/tally.service.ts';

const tabs = ['overview', 'budget', 'plan', 'files', 'opinions', 'draft', 'path', 'history'] as const;

/** Routes of projects: the list, and one project with its tabs. */
export function projectRoutes({ models }: Platform): Router {
  const router = Router();
  router.get(paths.projects, async (req, res) => {
    const person = personOf(req);
    const list = readList(req, listOptions(person));
    const own = filterOf(list);
    const filter = withinScope(person, 'project', own);
    const [rows, total] = await Promise.all([
      models.project.find(filter).sort(list.order).skip(list.skip).limit(list.size).lean(),
      totalWithin(models, person, { kind: 'project', own }),
    ]);
    res.render('projects/list', {
      title: t('projects.title'),
      list: withTotal(list, total),
      rows: rows.map((row) => ({ ...row, place: placeOf(row.townshipCode) })),
      mayApply: mayDo(person, 'project.apply'),
    });
  });
  router.get(`${paths.projects}/:id`, async (req, res) => {
    const person = personOf(req);
    const doc = await models.project
      .findOne(withinScope(person, 'project', { _id: req.params.id }))
      .lean<ProjectDoc>();
    if (doc === null) throw new DomainError('NOT_FOUND', 'no such project in scope');
    const draft =
      doc.draftId === null
        ? null
        : await models.draft.findOne(withinScope(person, 'draft', { _id: doc.draftId })).lean();
    const legs =
      doc.draftId === null
        ? []
        : await models.leg
            .find(withinScope(person, 'leg', { draftId: doc.draftId }))
            .sort({ legId: 1 })
            .lean();
    const history = await models.activity
      .find(withinScope(person, 'activity', { projectId: doc._id }))
      .sort({ ver: -1, seq: -1 })
      .limit(100)
      .lean();
    const names = await namesOf(models, {
      orgs: [
        doc.applicantOrgId,
        doc.unitOrgId,
        ...doc.record.steps.map((one) => one.act.orgId),
        ...legs.flatMap((one) => [one.payerOrgId, one.payeeOrgId]),
      ],
      people: doc.record.steps.map((one) => one.act.by),
    });
    const turn = turnOf(doc.state);
    res.render('projects/detail', {
      title: doc.name,
      doc,
      place: placeOf(doc.townshipCode),
      draft,
      legs,
      history,
      names,
      tabs,
      tab: tabOf(req),
      ...waysOf(person, doc),
      returned: await returnedView(models, doc),
      steps: doc.record.steps.map((one) => ({
        ...one,
        named: namedFields(one.fields).map(({ label: key }) => t(key)),
      })),
      stages: stagesOf(doc.state, draft?.status ?? null).map((one) => ({
        text: t(one.key),
        state: one.state,
      })),
      next: turn === null ? '' : t('projects.turn', { role: label(`role.${turn}`) }),
      actions: offeredActions(person, 'project', { ...doc, draftStatus: draft?.status ?? null }),
    });
  });
  return router;
}

function listOptions(person: Person): ListOptions {
  return {
    path: paths.projects,
    sortable: { created: 'createdAt', number: '_id', amount: 'amountFen', since: 'lastStepAt' },
    defaultSort: '-created',
    filters: [
      {
        name: 'state',
        label: t('projects.state'),
        choices: projectStates.map((value) => ({ value, text: label(`project.${value}`) })),
      },
      townshipFilter(person),
      {
        name: 'category',
        label: t('projects.category'),
        choices: projectContent.shape.category.options.map((value) => ({
          value,
          text: label(`category.${value}`),
        })),
      },
      { name: 'division', label: t('projects.division') },
      { name: 'q', label: t('projects.keyword') },
    ],
  };
}

function filterOf({ values }: List): Record<string, unknown> {
  const { state = '', category = '', q = '' } = values;
  const text = q.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return {
    ...(state === '' ? {} : { state }),
    ...(category === '' ? {} : { category }),
    ...ofPlace(values),
    ...(q === '' ? {} : { $or: [{ _id: q }, { name: new RegExp(text) }] }),
  };
}

/** Whether the reading view or the form of a new submission is this person's now. */
function waysOf(person: Person, doc: ProjectDoc): object {
  const mayTake = (step: 'review' | 'decide'): boolean =>
    whyNot(person, `project.${step}`, courseSituation(doc, step)) === null;
  const again = { ownerOrgId: doc.applicantOrgId, actedBy: othersThan(doc, 'apply') };
  return {
    approval: { href: paths.approval(doc._id), allowed: mayTake('review') || mayTake('decide') },
    mayResubmit:
      ['RETURNED', 'WITHDRAWN'].includes(doc.state) && whyNot(person, 'project.apply', again) === null,
  };
}

function tabOf(req: Request): string {
  return tabs.find((one) => one === req.query.tab) ?? 'overview';
}
