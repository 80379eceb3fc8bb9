/** Writing an application: saved as one goes, rows without JavaScript, files, a last look, submission. */
import { randomUUID } from 'node:crypto';
import { Router, type Request, type Response } from 'express';
import { z } from 'zod';
import type { Platform } from '../compose.ts';
import { label, refusalText, t } from '../messages/index.ts';
import { personOf } from '../middleware/person.ts';
import { contentOf, readForm, sumsOf, withRows } from '../models/application/application.rules.ts';
import type { Application } from '../models/application/application.schema.ts';
import { townships } from '../models/division/townships.ts';
import { DomainError, InputError } from '../models/kernel/errors.ts';
import { namesOf } from '../models/member/names.service.ts';
import { mayDo } from '../models/member/rights.rules.ts';
import { withinScope } from '../models/member/scope.rules.ts';
import { paths } from '../paths.ts';
import type { ProjectDoc } from '../models/project/project.schema.ts';
import { changesAgainst, returnedView } from '../models/project/submission.page.ts';
import { projectContent, type ProjectContent } from '#kernel/records/project.ts';
import { showReceipt } from './action.controller.ts';
import { readUpload } from './upload.ts';

const posted = z.record(z.string(), z.unknown());
const token = z.string().regex(/^web-[0-9a-f-]{36}$/);

/** Routes of applications: written in steps, kept, reviewed and submitted. */
export function applicationRoutes({ services, models, config }: Platform): Router {
  const router = Router();
  router.use(paths.applications, (req, _res, next) => {
    if (!mayDo(personOf(req), 'project.apply'))
      throw new DomainError('ROLE_NOT_ALLOWED', 'no right to apply');
    next();
  });
  router.get(paths.applications, async (req, res) => {
    res.render('applications/list', {
      title: t('application.drafts'),
      rows: await services.applications.list(personOf(req)),
    });
  });
  router.get(`${paths.applications}/new`, async (req, res) => {
    const person = personOf(req);
    const from =
      typeof req.query.from === 'string'
        ? await models.project
            .findOne(
              withinScope(person, 'project', {
                _id: req.query.from,
                state: { $in: ['RETURNED', 'WITHDRAWN'] },
              }),
            )
            .lean()
        : null;
    res.redirect(303, paths.application(await services.applications.begin(person, from ?? undefined)));
  });
  router.get(`${paths.applications}/:id`, async (req, res) =>
    show(req, res, await services.applications.open(personOf(req), req.params.id)),
  );
  router.post(`${paths.applications}/:id`, async (req, res) => {
    const person = personOf(req);
    const application = await services.applications.open(person, req.params.id);
    const body = posted.parse(req.body);
    const button = typeof body.do === 'string' ? body.do : 'save';
    const form = withRows(readForm(body), button);
    await services.applications.save(person, application._id, form);
    const read = contentOf(form, application.documents);
    if (button !== 'review') {
      req.session.notice = t('application.saved');
      res.redirect(303, paths.application(application._id));
    } else if ('errors' in read) {
      res.status(422);
      await show(req, res, { ...application, form }, read.errors);
    } else res.redirect(303, `${paths.application(application._id)}/review`);
  });
  router.post(`${paths.applications}/:id/files`, async (req, res) => {
    const person = personOf(req);
    const application = await services.applications.open(person, req.params.id);
    try {
      const document = await readUpload(req, (file, name) =>
        services.files.upload(file, { person, owner: { kind: 'other', id: application._id }, name }),
      );
      await services.applications.attach(person, application._id, document);
      res.redirect(303, `${paths.application(application._id)}#files`);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      res.status(422);
      await show(
        req,
        res,
        application,
        Object.fromEntries(Object.entries(error.fields).map(([name, key]) => [name, label(key)])),
      );
    }
  });
  router.get(`${paths.applications}/:id/review`, async (req, res) => {
    const application = await services.applications.open(personOf(req), req.params.id);
    const read = contentOf(application.form, application.documents);
    if ('errors' in read) res.redirect(303, paths.application(application._id));
    else await showReview(res, application, { content: read.content, requestId: `web-${randomUUID()}` });
  });
  router.post(`${paths.applications}/:id/submit`, async (req, res) => {
    const person = personOf(req);
    const application = await services.applications.open(person, req.params.id);
    const read = contentOf(application.form, application.documents);
    if ('errors' in read) throw new InputError({ form: 'application.fault.sum' });
    const requestId = token.parse(posted.parse(req.body).requestId);
    try {
      const receipt = await services.applications.submit(person, application._id, read.content, requestId);
      showReceipt(res, { title: t('application.title'), receipt, back: paths.project(application._id) });
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      res.status(409);
      const problem = refusalText(error.code);
      await showReview(res, application, { content: read.content, requestId, problem });
    }
  });

  async function showReview(
    res: Response,
    application: Application,
    shown: { content: ProjectContent; requestId: string; problem?: string },
  ): Promise<void> {
    const project = await models.project.findById(application._id).lean<ProjectDoc>();
    res.render('applications/review', {
      title: t('application.review'),
      application,
      changes: await changesAgainst(models, project, shown.content),
      names: await namesOf(models, { orgs: [shown.content.unitOrgId] }),
      ...shown,
    });
  }

  async function show(
    req: Request,
    res: Response,
    application: Application,
    errors: Record<string, string> = {},
  ): Promise<void> {
    const person = personOf(req);
    const [calls, funds, units, project] = await Promise.all([
      models.fundCall.find({ state: 'OPEN' }).lean(),
      models.fund.find({ state: 'ACTIVE' }, { name: 1 }).lean(),
      models.organisation
        .find(
          { roles: 'implementing-unit', state: 'ACTIVE', division: new RegExp(`^${person.division}`) },
          { name: 1 },
        )
        .lean(),
      models.project.findById(application._id).lean<ProjectDoc>(),
    ]);
    const fundName = new Map(funds.map((one) => [one._id, one.name]));
    res.render('applications/form', {
      title: t('application.title'),
      application,
      form: application.form,
      sums: sumsOf(application.form),
      errors,
      maxMb: config.uploadMaxMb,
      returned: await returnedView(models, project),
      choices: {
        township: townships
          .filter((one) => one.countyCode === person.division)
          .map((one) => ({ value: one.townshipCode, text: `${one.township} ${one.townshipCode}` })),
        category: projectContent.shape.category.options.map((value) => ({
          value,
          text: label(`category.${value}`),
        })),
        call: calls.map((one) => ({
          value: one._id,
          text: `${fundName.get(one.fundId) ?? one.fundId} · ${one.title}`,
        })),
        unit: units.map((one) => ({ value: one._id, text: one.name })),
      },
    });
  }
  return router;
}
