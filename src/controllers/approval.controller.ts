/** Approvals: the queue of a person, the reading view, and the two steps that freeze the plan and issue the draft. */
import { randomUUID } from 'node:crypto';
import { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import type { Platform } from '../compose.ts';
import { label, refusalText, t } from '../messages/index.ts';
import { isRecentlyConfirmed, personOf } from '../middleware/person.ts';
import { offeredActions } from '../models/action/action.catalog.ts';
import { placeOf } from '../models/division/townships.ts';
import { DomainError, InputError } from '../models/kernel/errors.ts';
import { namesOf } from '../models/member/names.service.ts';
import type { Person } from '../models/member/person.ts';
import { whyNot, type Action } from '../models/member/rights.rules.ts';
import { withinScope } from '../models/member/scope.rules.ts';
import { totalWithin } from '../models/tally/tally.service.ts';
import { courseSituation } from '../models/project/course.rules.ts';
import { changesOf } from '../models/project/submission.page.ts';
import { namedFields } from '../models/project/changes.rules.ts';
import { projectSubject } from '../models/project/project-subject.ts';
import type { ProjectDoc } from '../models/project/project.schema.ts';
import type { Plan } from '#kernel/records/project.ts';
import { planEditor } from '../models/project/plan-editor.service.ts';
import { organisationsOf, specialRuleText } from '../models/project/special-rule.rules.ts';
import { paths } from '../paths.ts';
import { choicesOf, planProblemText, rulesOf } from './plan-form.ts';
import { showReceipt } from './action.controller.ts';
import { readList, withTotal, type ListOptions } from './list.ts';
import { ofPlace, townshipFilter } from './place-filters.ts';

const stepForm = z
  .object({
    requestId: z.string().regex(/^web-[0-9a-f-]{36}$/),
    opinion: z.string().trim().max(500).default(''),
  })
  .loose();
const waitingFor: Partial<Record<Person['role'], readonly ProjectDoc['state'][]>> = {
  'county-command': ['SUBMITTED', 'RETURNED'],
  'local-finance': ['CHECKED'],
  'leading-office': ['COUNTERSIGNED', 'REVIEWED'],
};
const stepOf: Partial<Record<ProjectDoc['state'], 'review' | 'decide'>> = {
  COUNTERSIGNED: 'review',
  REVIEWED: 'decide',
};

/** Routes of approvals: the queue, the reading view, review and approval. */
export function approvalRoutes({ models, services }: Platform): Router {
  const router = Router();
  const load = async (req: Request): Promise<ProjectDoc> => {
    const doc = await models.project
      .findOne(withinScope(personOf(req), 'project', { _id: String(req.params.id) }))
      .lean<ProjectDoc>();
    if (doc === null) throw new DomainError('NOT_FOUND', 'no such project in scope');
    return doc;
  };
  router.get(paths.approvals, async (req, res) => {
    const person = personOf(req);
    const states = waitingFor[person.role] ?? [];
    const list = readList(req, listOptions(person, states));
    const { state = '', q = '' } = list.values;
    const name = new RegExp(q.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    const own = {
      state: state === '' ? { $in: [...states] } : state,
      ...ofPlace(list.values),
      ...(q === '' ? {} : { $or: [{ _id: q }, { name }] }),
    };
    const filter = withinScope(person, 'project', own);
    const [rows, total] = await Promise.all([
      models.project.find(filter).sort(list.order).skip(list.skip).limit(list.size).lean(),
      totalWithin(models, person, { kind: 'project', own }),
    ]);
    res.render('approvals/list', {
      title: t('approvals.title'),
      list: withTotal(list, total),
      rows: rows.map((row) => ({ ...row, place: placeOf(row.townshipCode) })),
    });
  });
  router.get(`${paths.approvals}/:id`, async (req, res) => show(req, res, await load(req)));
  router.post(`${paths.approvals}/:id/review`, async (req, res) => {
    const doc = requireRight(personOf(req), await load(req), 'review');
    await perform(req, res, doc, async (input) => {
      const receipt = await services.approvals.review(personOf(req), doc, {
        ...input,
        ...choicesOf(input),
        rules: rulesOf(input),
      });
      showReceipt(res, { title: t('action.project.review'), receipt, back: paths.project(doc._id) });
    });
  });
  router.post(`${paths.approvals}/:id/approve`, async (req, res) => {
    const doc = requireRight(personOf(req), await load(req), 'decide');
    if (!isRecentlyConfirmed(req)) {
      res.redirect(303, `${paths.reauthenticate}?next=${encodeURIComponent(paths.approval(doc._id))}`);
      return;
    }
    await perform(req, res, doc, async (input) => {
      const receipt = await services.approvals.approve(personOf(req), doc, input);
      showReceipt(res, { title: t('approvals.approve'), receipt, back: paths.draft(receipt.draftId) });
    });
  });

  async function perform(
    req: Request,
    res: Response,
    doc: ProjectDoc,
    work: (input: z.infer<typeof stepForm>) => Promise<void>,
  ): Promise<void> {
    const input = stepForm.parse(req.body);
    try {
      if (input.opinion === '') throw new InputError({ opinion: 'approvals.fault.opinion' });
      await work(input);
    } catch (error) {
      if (error instanceof InputError) {
        res.status(422);
        await show(req, res, doc, {
          errors: Object.fromEntries(Object.entries(error.fields).map(([name, key]) => [name, label(key)])),
          typed: input,
        });
      } else if (error instanceof DomainError) {
        res.status(409);
        await show(req, res, doc, {
          problem: planProblemText(error),
          typed: input,
        });
      } else throw error;
    }
  }

  async function show(
    req: Request,
    res: Response,
    doc: ProjectDoc,
    more: { errors?: Record<string, string>; problem?: string; typed?: z.infer<typeof stepForm> } = {},
  ): Promise<void> {
    const person = personOf(req);
    const { typed = { requestId: `web-${randomUUID()}`, opinion: '' }, errors = {}, problem = '' } = more;
    const { step, reason } = stepFor(person, doc);
    const edits = step === 'project.review';
    const { plan, planProblem } = await planOf(doc, edits ? choicesOf(typed).accounts : null);
    res.render('approvals/detail', {
      title: t('approvals.title'),
      doc,
      ...(await readingView(doc, plan)),
      step,
      reason,
      plan,
      planProblem,
      editor: edits && plan !== null ? await planEditor(models, doc, plan) : null,
      actions: offeredActions(person, 'project', await projectSubject(models, doc)).filter(
        (one) => one.allowed,
      ),
      requestId: typed.requestId,
      opinion: typed.opinion,
      typed,
      errors,
      problem,
    });
  }

  /** What everybody reads: names, what changed, the opinions, the plan's special rules in words. */
  async function readingView(doc: ProjectDoc, plan: Plan | null): Promise<object> {
    const rules = plan?.specialRule ?? [];
    const { steps } = doc.record;
    const names = await namesOf(models, {
      orgs: [
        doc.applicantOrgId,
        doc.unitOrgId,
        ...steps.map((one) => one.act.orgId),
        ...organisationsOf(rules),
      ],
      people: steps.map((one) => one.act.by),
    });
    return {
      names,
      place: placeOf(doc.townshipCode),
      changes: await changesOf(models, doc),
      steps: stepsOf(doc),
      rules: rules.map((rule) => specialRuleText(rule, (orgId) => names.org(orgId))),
    };
  }

  async function planOf(
    doc: ProjectDoc,
    accounts: Readonly<Record<string, string>> | null,
  ): Promise<{ plan: Plan | null; planProblem: string }> {
    if (accounts === null) return { plan: doc.record.plan, planProblem: '' };
    try {
      return { plan: await services.approvals.plan(doc, accounts), planProblem: '' };
    } catch (error) {
      // An account that cannot be used any more: the editor opens with those that can.
      if (error instanceof DomainError && Object.keys(accounts).length > 0) return planOf(doc, {});
      if (error instanceof DomainError) return { plan: null, planProblem: planProblemText(error) };
      throw error;
    }
  }
  return router;
}

function listOptions(person: Person, states: readonly ProjectDoc['state'][]): ListOptions {
  return {
    path: paths.approvals,
    sortable: { since: 'lastStepAt', number: '_id', amount: 'amountFen' },
    defaultSort: 'since',
    filters: [
      {
        name: 'state',
        label: t('projects.state'),
        choices: states.map((value) => ({ value, text: label(`project.${value}`) })),
      },
      townshipFilter(person),
      { name: 'q', label: t('projects.keyword') },
    ],
  };
}

/** The opinions, each with the parts it named. */
function stepsOf({ record }: ProjectDoc): object[] {
  return record.steps.map((one) => ({
    ...one,
    named: namedFields(one.fields).map(({ label: key }) => t(key)),
  }));
}

/** The step that is this person's now, or why none is. */
function stepFor(person: Person, doc: ProjectDoc): { step?: Action; reason: string } {
  const step = stepOf[doc.state];
  if (step === undefined) return { reason: '' };
  const reason = whyNot(person, `project.${step}`, courseSituation(doc, step));
  return reason === null ? { step: `project.${step}`, reason: '' } : { reason: refusalText(reason) };
}

function requireRight(person: Person, doc: ProjectDoc, step: 'review' | 'decide'): ProjectDoc {
  const reason = whyNot(person, `project.${step}`, courseSituation(doc, step));
  if (reason !== null) throw new DomainError(reason, `${person.userId} may not ${step}`);
  return doc;
}
