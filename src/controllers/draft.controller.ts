/** Digital drafts: the list, one with its face, and the slip for print. */
import { Router } from 'express';
import { toDataURL } from 'qrcode';
import { draftStatuses } from '#kernel/records/draft.ts';
import type { Platform } from '../compose.ts';
import { label, t } from '../messages/index.ts';
import { personOf } from '../middleware/person.ts';
import { DraftPageService } from '../models/draft/draft-page.service.ts';
import { liveDraftStatuses } from '../models/draft/draft.rules.ts';
import type { Person } from '../models/member/person.ts';
import { withinScope } from '../models/member/scope.rules.ts';
import { paths } from '../paths.ts';
import { readList, withTotal, type List } from './list.ts';
import { ofPlace, townshipFilter } from './place-filters.ts';
import { totalWithin } from '../models/tally/tally.service.ts';

/** Routes of drafts: the list, one draft, and its slip to print. */
export function draftRoutes({ models, config }: Platform): Router {
  const router = Router();
  const pages = new DraftPageService(models);
  router.get(paths.drafts, async (req, res) => {
    const person = personOf(req);
    const list = readList(req, listOptions(person));
    const own = filterOf(list);
    const filter = withinScope(person, 'draft', own);
    const [rows, total] = await Promise.all([
      models.draft.find(filter).sort(list.order).skip(list.skip).limit(list.size).lean(),
      totalWithin(models, person, { kind: 'draft', own }),
    ]);
    res.render('drafts/list', { title: t('drafts.title'), list: withTotal(list, total), rows });
  });
  router.get(`${paths.drafts}/:id`, async (req, res) => {
    const page = await pages.open(personOf(req), req.params.id);
    const stages = page.stages.map((one) => ({ text: t(one.key), state: one.state }));
    res.render('drafts/detail', {
      title: `${t('drafts.title')} ${page.doc._id}`,
      ...page,
      stages,
      bar: barOf(page.doc),
      bankUrl: config.installation === 'demo' ? `http://localhost:${config.bankPort}/` : null,
    });
  });
  router.get(`${paths.drafts}/:id/slip`, async (req, res) => {
    const page = await pages.open(personOf(req), req.params.id);
    const code = await toDataURL(`${config.publicUrl}${paths.transaction(page.issueTx)}`, {
      margin: 1,
      width: 140,
    });
    res.render('drafts/slip', { title: t('drafts.print'), ...page, code });
  });
  return router;
}

function listOptions(person: Person): Parameters<typeof readList>[1] {
  return {
    path: paths.drafts,
    sortable: { created: 'createdAt', number: '_id', amount: 'amountFen', due: 'nextDeadline' },
    defaultSort: '-created',
    filters: [
      {
        name: 'status',
        label: t('projects.state'),
        choices: [
          { value: 'live', text: t('drafts.live') },
          ...draftStatuses.map((value) => ({ value, text: label(`draft.${value}`) })),
        ],
      },
      townshipFilter(person),
      { name: 'division', label: t('projects.division') },
      { name: 'q', label: t('projects.keyword') },
    ],
  };
}

function filterOf({ values }: List): Record<string, unknown> {
  const { status = '', q = '' } = values;
  const text = q.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return {
    ...(status === '' ? {} : { status: status === 'live' ? { $in: [...liveDraftStatuses] } : status }),
    ...ofPlace(values),
    ...(q === '' ? {} : { $or: [{ _id: q }, { projectId: q }, { projectName: new RegExp(text) }] }),
  };
}

/** Parts of the bar of what is there of what should be, in per mille of the draft's amount. */
function barOf(doc: {
  amountFen: bigint;
  raisedFen: bigint;
  record: {
    PlanPath: readonly { legId: string; kind: string; amountFen: string }[];
    legs: readonly { legId: string; state: string }[];
  };
}): { tone: string; x: number; width: number; amount: bigint; key: string }[] {
  const wrong = new Set(doc.record.legs.filter((one) => one.state === 'MISMATCH').map((one) => one.legId));
  const mismatch = doc.record.PlanPath.filter(
    (leg) => (leg.kind === 'F' || leg.kind === 'B') && wrong.has(leg.legId),
  ).reduce((sum, leg) => sum + BigInt(leg.amountFen), 0n);
  const parts = [
    ['home.matched', 'ok', doc.raisedFen],
    ['home.mismatch', 'bad', mismatch],
    ['home.open', 'plan', doc.amountFen - doc.raisedFen - mismatch],
  ] as const;
  let x = 0;
  return parts.map(([key, tone, amount]) => {
    const width = Number((amount * 1000n) / doc.amountFen);
    const part = { key, tone, x, width, amount };
    x += width;
    return part;
  });
}
