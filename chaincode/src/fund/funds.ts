/** Funds: proposed by the leading office, confirmed by the provincial finance department. */
import type { z } from 'zod';
import type { Fund, fundArgs } from '#kernel/records/fund.ts';
import { keyParts } from '#kernel/records/keys.ts';
import { requireOrganisationWith } from '../member/organisations.ts';
import { Refusal } from '../refusal.ts';
import { requireOtherPerson } from '../scope.ts';
import type { Tx } from '../tx.ts';

/** Proposes a fund: its ratios must be able to raise any amount, its organisations must exist with the right roles. */
export async function create(tx: Tx, args: z.infer<typeof fundArgs.create>): Promise<object> {
  const { requestId: _requestId, ...content } = args;
  requireRatios(content);
  await requireOrganisationWith(tx, content.provinceOrgId, ['province-finance']);
  await requireOrganisationWith(tx, content.vehicleOrgId, ['partnership']);
  for (const bank of content.banks) await requireOrganisationWith(tx, bank.orgId, ['bank-investor']);
  const record: Fund = { ...content, state: 'PROPOSED', proposed: tx.act(), confirmed: null };
  await tx.create('FUND', keyParts.FUND(content.id), record);
  emit(tx, 'fund.proposed', record);
  return { fundId: record.id, state: record.state };
}

/** Confirms a proposed fund; from then on calls may be opened. */
export async function confirm(tx: Tx, args: z.infer<typeof fundArgs.confirm>): Promise<object> {
  const fund = await tx.must('FUND', keyParts.FUND(args.id));
  if (fund.state !== 'PROPOSED') throw new Refusal('WRONG_STATE', { fundId: fund.id, state: fund.state });
  requireOtherPerson(tx.caller, [fund.proposed]);
  const record: Fund = { ...fund, state: 'ACTIVE', confirmed: tx.act() };
  tx.put('FUND', keyParts.FUND(fund.id), record);
  emit(tx, 'fund.confirmed', record);
  return { fundId: record.id, state: record.state };
}

/** @throws Refusal REFERENCE_INVALID unless the fund is there and active */
export async function requireActiveFund(tx: Tx, id: string): Promise<Fund> {
  const fund = await tx.get('FUND', keyParts.FUND(id));
  if (fund?.state !== 'ACTIVE') throw new Refusal('REFERENCE_INVALID', { fundId: id });
  return fund;
}

/** Banks exactly when there is a bank share, each once; fiscal weights when there is a fiscal share. */
function requireRatios(fund: Pick<Fund, 'fiscalShareBp' | 'provinceWeight' | 'localWeight' | 'banks'>): void {
  const banksFit = fund.banks.length > 0 === fund.fiscalShareBp < 10_000;
  const distinct = new Set(fund.banks.map((bank) => bank.orgId)).size === fund.banks.length;
  const weightsFit = fund.provinceWeight + fund.localWeight > 0;
  if (!banksFit || !distinct || !weightsFit) throw new Refusal('INVALID_ARGUMENT', { reason: 'ratios' });
}

function emit(tx: Tx, type: string, fund: Fund): void {
  tx.emit({ type, subject: { id: fund.id }, orgIds: [fund.provinceOrgId, fund.vehicleOrgId] });
}
