/** One alert about the platform itself: what was found, its life, and the step that is next. */
import { Router } from 'express';
import { z } from 'zod';
import type { Platform } from '../compose.ts';
import { label } from '../messages/index.ts';
import { personOf } from '../middleware/person.ts';
import { DomainError } from '../models/kernel/errors.ts';
import { namesOf } from '../models/member/names.service.ts';
import {
  openSteps,
  seesAllSystemAlerts,
  seesSystemAlert,
  systemAlertSteps,
  type SystemAlertAct,
  type SystemAlertActor,
} from '../models/system-alert/system-alert.rules.ts';
import { SystemAlertModel, type SystemAlert } from '../models/system-alert/system-alert.schema.ts';
import { paths } from '../paths.ts';

/** A step as a person asks for it; `responsibleOrgId` with `assign` alone. */
export const systemAlertDeed = z.object({
  step: z.enum(Object.keys(systemAlertSteps) as [SystemAlertAct, ...SystemAlertAct[]]),
  text: z.string().trim().min(1).max(500),
  responsibleOrgId: z.string().max(64).optional(),
});
/** Roles whose units may have to answer for the platform: who runs it, who pushes to it, who decides. */
const answering = ['platform', 'bank-feed', 'leading-office'];

/** The open system alerts that this person sees, newest first, at most 100. */
export async function openSystemAlerts(
  person: Pick<SystemAlertActor, 'role' | 'orgId'>,
): Promise<SystemAlert[]> {
  const own = seesAllSystemAlerts(person) ? {} : { responsibleOrgId: person.orgId };
  return SystemAlertModel.find({ open: true, ...own })
    .sort({ raisedAt: -1 })
    .limit(100)
    .lean<SystemAlert[]>();
}

/** Routes of system alerts. */
export function systemAlertRoutes({ models, services }: Platform): Router {
  const router = Router();
  router.get(`${paths.alerts}/system/:id`, async (req, res) => {
    const person = personOf(req);
    const alert = await SystemAlertModel.findById(req.params.id).lean();
    if (alert === null || !seesSystemAlert(person, alert))
      throw new DomainError('NOT_FOUND', 'no such system alert');
    const steps = openSteps(alert, person);
    const units = steps.includes('assign')
      ? await models.organisation.find({ roles: { $in: answering } }, { name: 1 }).lean()
      : [];
    res.render('alerts/system', {
      title: label(`rule.${alert.rule}`),
      alert,
      steps,
      units: units.map((one) => ({ value: one._id, text: one.name })),
      names: await namesOf(models, {
        orgs: [alert.responsibleOrgId],
        people: alert.life.map((one) => one.by),
      }),
    });
  });
  router.post(`${paths.alerts}/system/:id`, async (req, res) => {
    const { responsibleOrgId = '', ...act } = systemAlertDeed.parse(req.body);
    const unit = responsibleOrgId === '' ? null : await models.organisation.findById(responsibleOrgId).lean();
    await services.systemAlerts.act(req.params.id, personOf(req), {
      ...act,
      ...(unit === null ? {} : { responsibleOrgId: unit._id }),
    });
    res.redirect(303, `${paths.alerts}/system/${encodeURIComponent(req.params.id)}`);
  });
  return router;
}
