/** An allocation list as people type it: one leg per line, `draft/leg amount in yuan`. */
import { formatFen, parseYuan } from '#kernel/fen.ts';
import type { Part } from '#kernel/records/reconciliation.ts';
import { InputError } from '../kernel/errors.ts';
import { money } from '../../views/format.ts';

const line = /^(\S+)\/([FBDMX]\d{1,2}(?:-\d{1,2})?)\s+(\S+)$/;

/** @throws InputError on the field `parts` when a line cannot be read, or a leg stands there twice */
export function readParts(text: string): Part[] {
  const parts = text
    .split(/\r?\n/)
    .map((one) => one.normalize('NFKC').trim())
    .filter((one) => one !== '')
    .map(partOf);
  const legs = new Set(parts.map(({ draftId, legId }) => `${draftId}/${legId}`));
  if (parts.length === 0 || parts.length > 20 || legs.size < parts.length) throw fault();
  return parts;
}

/** The lines of a list, to be shown and changed. */
export function writeParts(
  parts: readonly { readonly draftId: string; readonly legId: string; readonly amountFen: bigint | string }[],
): string {
  return parts
    .map(
      ({ draftId, legId, amountFen }) =>
        `${draftId}/${legId} ${money(BigInt(amountFen)).replaceAll(',', '')}`,
    )
    .join('\n');
}

function partOf(text: string): Part {
  const [, draftId, legId, amount] = line.exec(text) ?? [];
  if (draftId === undefined || legId === undefined || amount === undefined) throw fault();
  try {
    const fen = parseYuan(amount);
    if (fen > 0n) return { draftId, legId, amountFen: formatFen(fen) };
  } catch {
    throw fault();
  }
  throw fault();
}

function fault(): InputError {
  return new InputError({ parts: 'form.fault.shares' });
}
