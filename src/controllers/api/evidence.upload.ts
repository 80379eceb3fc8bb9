/** Takes a file over the API and anchors its hash; the same file for the same owner is anchored once, so no key is needed. */
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { evidence } from '#kernel/records/evidence.ts';
import type { Platform } from '../../compose.ts';
import { personOf } from '../../middleware/person.ts';
import { DomainError } from '../../models/kernel/errors.ts';
import type { Person } from '../../models/member/person.ts';
import { mayDo } from '../../models/member/rights.rules.ts';
import { readUpload } from '../upload.ts';
import { subjectOf } from './subjects.ts';
import { checked, send } from './wire.ts';

const fieldsOfForm = z.object({
  ownerKind: evidence.shape.owner.shape.kind,
  ownerId: z.string().min(1).max(80),
});
/** The multipart form, for the document. */
export const uploadForm = fieldsOfForm.extend({ file: z.string().describe('the bytes; after the fields') });
/** What an upload answers. */
export const uploaded = z.object({
  sha256: z.string(),
  name: z.string(),
  size: z.int(),
  mediaType: z.string(),
});

/** Multipart: ownerKind, ownerId, then the file. @throws DomainError NOT_FOUND when the owner is outside the scope */
export function uploadEvidence(platform: Platform): RequestHandler {
  return async (req, res) => {
    const person = personOf(req);
    if (!mayDo(person, 'evidence.anchor')) throw new DomainError('ROLE_NOT_ALLOWED', 'may not anchor');
    if (req.is('multipart/form-data') === false)
      throw new DomainError('UNSUPPORTED_MEDIA_TYPE', 'send multipart/form-data');
    const stored = await readUpload(
      req,
      async (file, name, fields) => {
        const { ownerKind: kind, ownerId: id } = checked(fieldsOfForm, fields);
        await requireOwner(platform, person, { kind, id });
        return platform.services.files.upload(file, { person, owner: { kind, id }, name });
      },
      () => undefined,
    );
    send(res, 201, stored);
  };
}

async function requireOwner(
  { models }: Platform,
  person: Person,
  { kind, id }: { kind: string; id: string },
): Promise<void> {
  if (kind === 'alert') await subjectOf(models, person, { kind: 'alert', id });
  if (kind === 'project' || kind === 'milestone')
    await subjectOf(models, person, { kind: 'project', id: id.split('~')[0] ?? '' });
}
