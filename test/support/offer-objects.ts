/** Objects in every state that matters for who may do what, made through the contracts. */
import { randomUUID } from 'node:crypto';
import { addDays } from '#kernel/dates.ts';
import { contentHashOf } from '#kernel/canonical-json.ts';
import type { SubjectKind } from '../../src/models/action/page-action.ts';
import type { TestWeb } from './web.ts';

/** One object: its kind, its id and, for the test's words, the state it was brought to. */
export interface OfferObject {
  readonly kind: Exclude<SubjectKind, 'none'>;
  readonly id: string;
  readonly what: string;
}

type Submit = (userId: string, contract: string, fn: string, args: object) => Promise<unknown>;

/** Makes them all; the demonstration's people do the steps. */
export async function makeOfferObjects(web: TestWeb): Promise<OfferObject[]> {
  const submit: Submit = async (userId, contract, fn, args) =>
    web.platform.services.actions.act(userId, {
      contract,
      fn,
      args: { requestId: `offer-${randomUUID()}`, ...args },
    });
  return [
    ...(await projects(web, submit)),
    ...(await drafts(web, submit)),
    ...(await alerts(web, submit)),
    ...(await funds(submit)),
    ...(await accounts(web, submit)),
  ];
}

async function projects(web: TestWeb, submit: Submit): Promise<OfferObject[]> {
  const made: OfferObject[] = [];
  for (const stage of ['SUBMITTED', 'CHECKED', 'COUNTERSIGNED', 'REVIEWED', 'ISSUED'] as const)
    made.push({ kind: 'project', id: (await web.project(stage)).id, what: stage });
  const ended = await web.project('SETTLED');
  made.push({ kind: 'project', id: ended.id, what: 'paid to the end' });
  const closed = await web.project('SETTLED');
  await submit('plo-3', 'project', 'close', { id: closed.id, opinion: '办结' });
  made.push({ kind: 'project', id: closed.id, what: 'CLOSED' });
  const back = await web.project('CHECKED');
  const returned = { id: back.id, contentHash: contentHashOf(back.content), opinion: '重审。', fields: [] };
  await submit('lfb-5226-2', 'project', 'return', { ...returned, returnTo: 'check' });
  made.push({ kind: 'project', id: back.id, what: 'returned to the check' });
  const first = await web.project('SUBMITTED');
  const whole = { ...returned, id: first.id, contentHash: contentHashOf(first.content), returnTo: 'apply' };
  await submit('cph-522634-2', 'project', 'return', whole);
  made.push({ kind: 'project', id: first.id, what: 'RETURNED' });
  return made;
}

async function drafts(web: TestWeb, submit: Submit): Promise<OfferObject[]> {
  const made: OfferObject[] = [];
  const add = (id: string | null, what: string): string => {
    made.push({ kind: 'draft', id: id ?? '', what });
    return id ?? '';
  };
  const issued = add((await web.project('ISSUED')).draftId, 'ISSUED');
  made.push({ kind: 'leg', id: `${issued}~F1`, what: 'open' });
  made.push({ kind: 'leg', id: `${issued}~M1`, what: 'open' });
  for (const stage of ['RAISED', 'REDEEMABLE', 'REQUESTED', 'SETTLED'] as const)
    add((await web.project(stage)).draftId, stage);
  const frozen = add((await web.project('RAISED')).draftId, 'frozen');
  await submit('plo-3', 'draft', 'freeze', { DraftID: frozen, reason: '核查' });
  const cancelling = add((await web.project('ISSUED')).draftId, 'cancel asked');
  await submit('plo-1', 'draft', 'cancel', { DraftID: cancelling, reason: '重出' });
  const ruled = await web.project('REQUESTED', {
    alter: (plan) => ({ ...plan, specialRule: [{ type: 'extra-approver', orgId: 'pfd' }] }),
  });
  const extra = add(ruled.draftId, 'waits for the further approver');
  const record = await web.world.draft(extra);
  const rid = record.redemptions[0]?.rid;
  if (record.redemptions[0]?.state === 'REQUESTED')
    await submit('cph-522634-2', 'draft', 'accept', {
      action: 'check',
      DraftID: extra,
      rid,
      opinion: '同意',
    });
  return made;
}

async function alerts(web: TestWeb, submit: Submit): Promise<OfferObject[]> {
  const { draftId } = await web.project('ISSUED');
  const subject = { draftId, legId: null, projectId: null, flowKey: null, serialNo: null };
  const made: OfferObject[] = [];
  for (const named of [['plo'], ['imp-522634'], ['cph-522634']])
    for (const until of ['RAISED', 'ASSIGNED', 'EXPLAINED', 'REVIEWED'] as const) {
      const id = `report-${randomUUID()}`;
      await submit('lpf-1', 'alert', 'report', { id, subject, namedOrgIds: named, text: '资金滞留' });
      await live(submit, id, { until, judge: named[0] === 'plo' ? 'pfd' : 'plo' });
      made.push({ kind: 'alert', id, what: `${named.join()} named, ${until}` });
    }
  return made;
}

async function live(
  submit: Submit,
  id: string,
  { until, judge }: { until: string; judge: string },
): Promise<void> {
  const text = { id, text: '说明' };
  const order = ['RAISED', 'ASSIGNED', 'EXPLAINED', 'REVIEWED'];
  const steps = [
    async () => submit(`${judge}-1`, 'alert', 'assign', { ...text, responsibleOrgId: 'cpc-522634' }),
    async () => submit('cpc-522634-1', 'alert', 'explain', text),
    async () => submit(`${judge}-2`, 'alert', 'review', text),
  ];
  for (const step of steps.slice(0, order.indexOf(until))) await step();
}

async function funds(submit: Submit): Promise<OfferObject[]> {
  const fund = {
    ...{ id: 'fund-offer', name: '待确认基金', fiscalShareBp: 10_000, provinceWeight: 4, localWeight: 6 },
    ...{ localLevel: 'city', banks: [], provinceOrgId: 'pfd', vehicleOrgId: 'lpf' },
  };
  await submit('plo-1', 'fund', 'create', fund);
  const call = {
    ...{ fundId: 'fund-industry', id: 'call-offer', title: '待确认征集', limitFen: '100000000' },
    ...{ opensOn: '2026-01-01', closesOn: '2027-12-31' },
  };
  await submit('plo-1', 'fund', 'openCall', call);
  return [
    { kind: 'fund', id: 'fund-offer', what: 'proposed' },
    { kind: 'fund', id: 'fund-industry', what: 'active' },
    { kind: 'fundCall', id: 'fund-industry~call-offer', what: 'proposed' },
    { kind: 'fundCall', id: 'fund-industry~call-2026', what: 'open' },
  ];
}

async function accounts(web: TestWeb, submit: Submit): Promise<OfferObject[]> {
  const account = '6217000000000000088';
  const proposed = { orgId: 'imp-522634', bankId: 'bank-wj', account, name: '合作社二户', purpose: 'unit' };
  const known = await web.platform.models.bankAccount.findOne({ orgId: 'cpc-522634' }).lean();
  await submit('imp-522634-1', 'member', 'registerAccount', { ...proposed, bankNo: known?.bankNo });
  return [
    { kind: 'bankAccount', id: `bank-wj~${account}`, what: 'proposed' },
    { kind: 'bankAccount', id: known?._id ?? '', what: 'confirmed' },
  ];
}

/** A date far enough for any deadline. */
export const laterDate = (today: string): string => addDays(today, 200);
