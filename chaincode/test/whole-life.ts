/** One project from application to close, every payment registered and pushed, on whatever channel it is given. */
import type { Draft } from '#kernel/records/draft.ts';
import { draftIdOfWorld } from './application.ts';
import { feedOf, payerOf, payment, planned } from './drafts.ts';
import type { TestChannel } from './memory-ledger.ts';
import { person } from './world.ts';

/** The draft as the issuer reads it. */
export async function draftNow(channel: TestChannel): Promise<Draft> {
  return channel.query<Draft>('draft:query', { DraftID: draftIdOfWorld }, person('plo', 1));
}

/** Pays a leg on the day: the payer registers the serial, the payer's bank pushes the flow. @returns the draft's status after it */
export async function payLeg(channel: TestChannel, legId: string, date: string): Promise<Draft['Status']> {
  const leg = planned(await draftNow(channel), legId);
  const serialNo = `S-${legId}`;
  const registration = { draftId: draftIdOfWorld, legId, serialNo, bookingDate: date };
  await channel.submit('reconciliation:register', registration, payerOf(leg));
  const flow = payment(leg, serialNo, date);
  await channel.submit('reconciliation:ingest', { flow }, feedOf(flow));
  return (await draftNow(channel)).Status;
}

/** Reports and accepts a milestone, whole or in part. @returns the draft's status after it */
export async function acceptMilestone(
  channel: TestChannel,
  milestoneNo: number,
  percent = 100,
): Promise<Draft['Status']> {
  const documents = [{ sha256: 'a'.repeat(64), name: '照片.jpg', size: 1, mediaType: 'image/jpeg' }];
  const report = { id: 'p-1', milestoneNo, percent, note: '完工', documents };
  await channel.submit('project:reportProgress', report, person('imp', 1));
  const verdict = { id: 'p-1', milestoneNo, accept: true, opinion: '属实。' };
  await channel.submit('project:checkProgress', verdict, person('cph', 2));
  return (await draftNow(channel)).Status;
}

/** The unit asks for a milestone's payment; county command and fund company check it. */
export async function requestRedemption(channel: TestChannel, milestoneNo: number): Promise<void> {
  const DraftID = draftIdOfWorld;
  const asked = { action: 'request', DraftID, milestoneNo };
  const { result } = await channel.submit<{ rid: string }>('draft:accept', asked, person('imp', 1));
  const check = { action: 'check', DraftID, rid: result.rid, opinion: '同意。' };
  await channel.submit('draft:accept', check, person('cph', 2));
  await channel.submit('draft:accept', check, person('cpc', 2));
}
