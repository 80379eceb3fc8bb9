/** Files: shown, in parts too, to those who may see what they belong to; compared with the ledger on request. */
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { Router, type Request } from 'express';
import type { Platform } from '../compose.ts';
import { t } from '../messages/index.ts';
import { personOf } from '../middleware/person.ts';
import type { FileUse } from '../models/file/file.schema.ts';
import { isShownInline } from '../models/file/media-type.rules.ts';
import { DomainError } from '../models/kernel/errors.ts';
import { namesOf } from '../models/member/names.service.ts';
import type { Person } from '../models/member/person.ts';
import { withinScope } from '../models/member/scope.rules.ts';
import { paths } from '../paths.ts';

/** Routes of files: the bytes, whole or in part, and the comparison with the ledger. */
export function fileRoutes({ services, models }: Platform): Router {
  const router = Router();
  /** The use that lets this person see the file. */
  const visibleUse = async (person: Person, sha256: string): Promise<FileUse> => {
    const uses = await services.files.uses(sha256);
    for (const use of uses) if (await sees(person, use)) return use;
    // Evidence of a manual match is seen by whoever sees the match.
    const shown = withinScope(person, 'match', { 'record.evidence': sha256 });
    const matches = await models.match.find(shown, { payerOrgId: 1 }).limit(20).lean();
    const payers = new Set(matches.map((one) => one.payerOrgId));
    // What the payer brought, never another's file whose hash was named.
    const brought = uses.find((use) => payers.has(use.orgId));
    if (brought !== undefined) return brought;
    throw new DomainError('NOT_FOUND', 'no such file in scope');
  };
  const sees = async (person: Person, use: FileUse): Promise<boolean> => {
    if (use.orgId === person.orgId) return true;
    const [projectId = ''] = use.ownerId.split('~');
    const kind = use.ownerKind === 'alert' ? 'alert' : 'project';
    const found =
      kind === 'alert'
        ? await models.alert.exists(withinScope(person, 'alert', { _id: use.ownerId }))
        : await models.project.exists(withinScope(person, 'project', { _id: projectId }));
    return found !== null;
  };
  router.get(`${paths.files}/:sha256`, async (req, res) => {
    const person = personOf(req);
    const use = await visibleUse(person, req.params.sha256);
    const file = await services.files.describe(req.params.sha256);
    const range = rangeOf(req, file.size);
    if (range === null) {
      res.status(416).set('Content-Range', `bytes */${file.size}`).end();
      return;
    }
    const bytes = await services.files.read(file, person.userId, range);
    // The first chunk is checked before any header is sent, so that a damaged file is told as a page.
    const first = await bytes.next();
    res.status(range.partial ? 206 : 200).set({
      'Content-Type': file.mediaType,
      'Content-Length': String(range.to - range.from + 1),
      'Accept-Ranges': 'bytes',
      'Cache-Control': 'private, no-store',
      'Content-Disposition': `${isShownInline(file.mediaType) ? 'inline' : 'attachment'}; filename*=UTF-8''${encodeURIComponent(use.name)}`,
      ...(range.partial ? { 'Content-Range': `bytes ${range.from}-${range.to}/${file.size}` } : {}),
    });
    await pipeline(Readable.from(withFirst(first, bytes)), res).catch(unlessGone);
  });
  router.get(`${paths.files}/:sha256/view`, async (req, res) => {
    const person = personOf(req);
    const use = await visibleUse(person, req.params.sha256);
    const file = await services.files.describe(req.params.sha256);
    const names = await namesOf(models, { orgs: [use.orgId], people: [use.uploadedBy] });
    res.render('files/view', {
      title: use.name,
      use,
      file,
      names,
      kind: file.mediaType.split('/')[0],
      inline: isShownInline(file.mediaType),
    });
  });
  router.get(`${paths.files}/:sha256/verify`, async (req, res) => {
    const person = personOf(req);
    const use = await visibleUse(person, req.params.sha256);
    const result = await services.files.verify(req.params.sha256, person.userId);
    res.render('files/verify', { title: t('file.title'), use, result });
  });
  return router;
}

/** A reader who leaves in the middle is no fault. */
function unlessGone(error: unknown): void {
  if (error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE') return;
  throw error;
}

async function* withFirst(
  first: IteratorResult<Buffer>,
  rest: AsyncGenerator<Buffer>,
): AsyncGenerator<Buffer> {
  if (first.done !== true) yield first.value;
  yield* rest;
}

/** The bytes asked for; null when they are not there. Several ranges at once are answered whole. */
function rangeOf(req: Request, size: number): { from: number; to: number; partial: boolean } | null {
  const ranges = req.range(size);
  if (ranges === -1) return null;
  const [only] = typeof ranges === 'object' && ranges.length === 1 ? ranges : [];
  return only === undefined
    ? { from: 0, to: size - 1, partial: false }
    : { from: only.start, to: only.end, partial: true };
}
