/** Disbursement and redemption: what waits to be paid, every milestone with its steps, and the progress report with proof. */
import { randomUUID } from 'node:crypto';
import { Router, type Request } from 'express';
import { z } from 'zod';
import type { Platform } from '../compose.ts';
import { label, refusalText, t } from '../messages/index.ts';
import { personOf } from '../middleware/person.ts';
import { offeredActions } from '../models/action/action.catalog.ts';
import { DomainError, InputError } from '../models/kernel/errors.ts';
import { namesOf } from '../models/member/names.service.ts';
import { whyNot } from '../models/member/rights.rules.ts';
import { withinScope } from '../models/member/scope.rules.ts';
import type { ProjectDoc } from '../models/project/project.schema.ts';
import { paths } from '../paths.ts';
import { showReceipt } from './action.controller.ts';
import { readUpload } from './upload.ts';

const liveStatuses = ['RAISED', 'CIRCULATING', 'REDEEMABLE', 'PARTIALLY_REDEEMED', 'SETTLED'] as const;
const reportForm = z.object({
  requestId: z.string().regex(/^web-[0-9a-f-]{36}$/),
  percent: z.string().regex(/^(\d{1,2}|100)$/),
  note: z.string().trim().max(1000),
});

/** Routes of paying out: the desk, and the progress report with its proof. */
export function disbursementRoutes({ models, services, config }: Platform): Router {
  const router = Router();
  const load = async (req: Request): Promise<ProjectDoc> => {
    const doc = await models.project
      .findOne(withinScope(personOf(req), 'project', { _id: String(req.params.id) }))
      .lean<ProjectDoc>();
    if (doc === null) throw new DomainError('NOT_FOUND', 'no such project in scope');
    const reason = whyNot(personOf(req), 'project.reportProgress', {
      ownerOrgId: doc.unitOrgId,
      stateAllows: doc.state === 'APPROVED',
    });
    if (reason !== null) throw new DomainError(reason, 'may not report');
    return doc;
  };
  router.get(paths.disbursement, async (req, res) => {
    const person = personOf(req);
    const mine = await models.leg
      .find(withinScope(person, 'leg', { payerOrgId: person.orgId, open: true }))
      .sort({ deadline: 1 })
      .limit(50)
      .lean();
    const drafts = await models.draft
      .find(withinScope(person, 'draft', { status: { $in: [...liveStatuses] } }))
      .sort({ createdAt: -1 })
      .limit(30)
      .lean();
    const projects = await models.project
      .find(withinScope(person, 'project', { _id: { $in: drafts.map((one) => one.projectId) } }))
      .lean();
    const byId = new Map(projects.map((one) => [one._id, one]));
    const names = await namesOf(models, {
      orgs: mine.flatMap((one) => [one.payerOrgId, one.payeeOrgId]),
      people: drafts.flatMap((one) =>
        one.record.redemptions.flatMap((r) => [r.requested.by, r.checked?.by ?? '', r.approved?.by ?? '']),
      ),
    });
    const cards = drafts.flatMap((draft) => {
      const project = byId.get(draft.projectId);
      if (project === undefined) return [];
      const mayReport =
        whyNot(person, 'project.reportProgress', {
          ownerOrgId: project.unitOrgId,
          stateAllows: project.state === 'APPROVED',
        }) === null;
      const actions = [
        ...offeredActions(person, 'draft', draft).filter((one) => one.id.includes('Redemption')),
        ...offeredActions(person, 'project', { ...project, draftStatus: draft.status }).filter(
          (one) => one.id === 'project.checkProgress',
        ),
      ];
      return [{ draft, project, mayReport, actions: actions.filter((one) => one.allowed) }];
    });
    res.render('disbursement/list', {
      title: t('disbursement.title'),
      cards,
      names,
      mine: mine.map((leg) => ({
        leg,
        actions: offeredActions(person, 'leg', leg).filter((one) => one.allowed),
      })),
    });
  });
  router.get(`${paths.projects}/:id/progress/:no`, async (req, res) => {
    const doc = await load(req);
    res.render('disbursement/report', {
      title: t('progress.title'),
      doc,
      no: req.params.no,
      maxMb: config.uploadMaxMb,
      values: {},
      errors: {},
      requestId: `web-${randomUUID()}`,
    });
  });
  router.post(`${paths.projects}/:id/progress/:no`, async (req, res) => {
    const [person, doc, no] = [personOf(req), await load(req), Number(req.params.no)];
    let values: Readonly<Record<string, string>> = {};
    try {
      const { document, input } = await readUpload(req, async (file, name, fields) => {
        values = fields;
        const read = reportForm.safeParse(fields);
        if (!read.success) throw new InputError({ percent: 'progress.fault.percent' });
        return {
          input: read.data,
          document: await services.files.upload(file, {
            person,
            owner: { kind: 'milestone', id: `${doc._id}~${no}` },
            name,
          }),
        };
      });
      const args = {
        requestId: input.requestId,
        id: doc._id,
        milestoneNo: no,
        percent: Number(input.percent),
        note: input.note,
        documents: [document],
      };
      const receipt = await services.actions.act(person.userId, {
        contract: 'project',
        fn: 'reportProgress',
        args,
      });
      showReceipt(res, { title: t('progress.title'), receipt, back: paths.disbursement });
    } catch (error) {
      const known =
        error instanceof InputError
          ? {
              errors: Object.fromEntries(
                Object.entries(error.fields).map(([name, key]) => [name, label(key)]),
              ),
            }
          : error instanceof DomainError && error.code !== 'CSRF'
            ? { errors: {}, problem: refusalText(error.code) }
            : null;
      if (known === null) throw error;
      res.status(422).render('disbursement/report', {
        title: t('progress.title'),
        doc,
        no,
        maxMb: config.uploadMaxMb,
        values,
        requestId: `web-${randomUUID()}`,
        ...known,
      });
    }
  });
  return router;
}
