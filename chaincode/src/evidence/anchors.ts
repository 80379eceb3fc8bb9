/** Anchors of files: written once per file and owner, open to whoever holds the hash. */
import type { z } from 'zod';
import type { evidenceArgs } from '#kernel/records/evidence.ts';
import { keyParts } from '#kernel/records/keys.ts';
import { requireProjectSight } from '../project/sight.ts';
import type { Tx } from '../tx.ts';

/** Anchors a file to its owner; a project must be one the caller may see. */
export async function anchor(tx: Tx, args: z.infer<typeof evidenceArgs.anchor>): Promise<object> {
  const { requestId: _requestId, ...content } = args;
  const { kind, id } = content.owner;
  if (kind === 'project') await requireProjectSight(tx, id);
  const record = { ...content, anchored: tx.act(), orgId: tx.caller.orgId };
  await tx.create('EVIDENCE', keyParts.EVIDENCE(content.sha256, kind, id), record);
  const subject = kind === 'project' ? { projectId: id, id: content.sha256 } : { id: content.sha256 };
  tx.emit({ type: 'evidence.anchored', subject, orgIds: [tx.caller.orgId] });
  return { sha256: content.sha256, txId: tx.txId };
}

/** Every anchor of a hash: to what it belongs, by whom and in which transaction. Who asks holds the file already. */
export async function verify(tx: Tx, args: z.infer<typeof evidenceArgs.verify>): Promise<object> {
  const anchors = await tx.range('EVIDENCE', [args.sha256]);
  return { sha256: args.sha256, anchored: anchors.length > 0, anchors };
}
