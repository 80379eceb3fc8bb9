/** Sweeps that look after the platform itself and raise its system alerts. */
import type { Platform } from '../compose.ts';
import { BankClockModel, BankModel } from '../models/bank/bank.schema.ts';
import { clockTrend, isClockWell, type ClockTrend } from '../models/bank/clock.rules.ts';
import { InboxFlowModel } from '../models/inbox/inbox.schema.ts';
import { KeyModel } from '../models/key/key.storage.ts';

/** Days before a certificate's end at which it is told. */
const certificateDays = 30;
const dayMs = 86_400_000;
/** Time without a new block while flows wait, after which the ledger counts as stalled, ms. */
const stalledAfterMs = 60_000;

/** E02: a bank that was heard before and is silent now. */
export async function silentBanks({ services, config, now }: Platform): Promise<number> {
  const before = new Date(now().getTime() - config.heartbeatMinutes * 60_000);
  const silent = await BankModel.find({ lastHeartbeatAt: { $lt: before } }, { name: 1 }).lean();
  for (const bank of silent)
    await services.systemAlerts.raise({
      rule: 'E02',
      level: 'yellow',
      subject: bank._id,
      responsibleOrgId: bank._id,
    });
  return silent.length;
}

/** E11: a bank whose clock is off or will be; closed by itself when it is well again. @returns how many are not well */
export async function bankClocks({ services }: Platform): Promise<number> {
  const clocks = await BankClockModel.find().lean();
  let unwell = 0;
  for (const { _id: bankId, samples } of clocks) {
    const trend = clockTrend(samples);
    if (trend === null) continue;
    const cause = { rule: 'E11', subject: bankId, text: sentenceOf(trend) } as const;
    if (trend.verdict !== 'good') {
      unwell += 1;
      const level = trend.verdict === 'off' ? 'yellow' : 'reminder';
      await services.systemAlerts.raise({ ...cause, level, responsibleOrgId: bankId });
    } else if (isClockWell(trend)) await services.systemAlerts.settle(cause);
  }
  return unwell;
}

function sentenceOf({ medianMs, driftMsPerDay }: ClockTrend): string {
  const seconds = (ms: number): string => `${ms < 0 ? '−' : '+'}${(Math.abs(ms) / 1000).toFixed(1)} s`;
  return `${seconds(medianMs)}, ${seconds(driftMsPerDay)}/d`;
}

/** E08: flows that the ledger refused or that failed too often. */
export async function failedFlows({ services }: Platform): Promise<number> {
  const failed = await InboxFlowModel.find({ state: 'failed' }, { bankId: 1, lastError: 1 })
    .limit(500)
    .lean();
  for (const flow of failed)
    await services.systemAlerts.raise({
      rule: 'E08',
      level: 'red',
      subject: flow._id,
      text: flow.lastError ?? '',
    });
  return failed.length;
}

/** E05: flows wait for the ledger, and it makes no block. */
export async function stalledLedger({ services, ledger, config, now }: Platform): Promise<boolean> {
  const since = new Date(now().getTime() - stalledAfterMs);
  const waiting = await InboxFlowModel.exists({ state: 'open', receivedAt: { $lt: since } });
  const { height } = await ledger.info();
  const last = height === 0 ? null : await ledger.block(height - 1);
  const stalled = waiting !== null && last !== null && last.timestampMs < since.getTime();
  if (stalled) await services.systemAlerts.raise({ rule: 'E05', level: 'red', subject: config.channel });
  return stalled;
}

/** E09: a block that has stood on the ledger for longer than the read model may need, and is not shown. */
export async function projectionLag({ services, ledger, height, config, now }: Platform): Promise<number> {
  const [{ height: goal }, shown] = [await ledger.info(), await height.current()];
  const next = shown < goal ? await ledger.block(shown) : null;
  const since = now().getTime() - config.projectorLagSeconds * 1000;
  if (next !== null && next.timestampMs < since)
    await services.systemAlerts.raise({
      rule: 'E09',
      level: 'yellow',
      subject: config.channel,
      text: `${shown} / ${goal}`,
    });
  return Math.max(0, goal - shown);
}

/** E06: certificates that end soon, of users and of the banks that show one. */
export async function expiringCertificates({ services, now }: Platform): Promise<number> {
  const until = new Date(now().getTime() + certificateDays * dayMs);
  const ending = await KeyModel.find({ notAfter: { $lt: until.toISOString() } }, { _id: 1 })
    .limit(500)
    .lean();
  const ofBanks = await BankModel.find(
    { certificateEndsAt: { $lt: until } },
    { certificateEndsAt: 1 },
  ).lean();
  for (const key of ending)
    await services.systemAlerts.raise({ rule: 'E06', level: 'reminder', subject: key._id });
  for (const { _id: bankId, certificateEndsAt } of ofBanks) {
    const days = ((certificateEndsAt?.getTime() ?? 0) - now().getTime()) / dayMs;
    // One subject per urgency, so that it is told again as the end comes nearer.
    const [level, urgency] =
      days < 7 ? (['red', 7] as const) : days < 14 ? (['yellow', 14] as const) : (['reminder', 30] as const);
    await services.systemAlerts.raise({
      rule: 'E06',
      level,
      subject: `${bankId}~${urgency}`,
      responsibleOrgId: bankId,
    });
  }
  return ending.length + ofBanks.length;
}
