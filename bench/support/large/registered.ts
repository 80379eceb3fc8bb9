/** Drafts that wait for their first payments: one is registered through the contract by its payers, and copied with its registrations. */
import { writeFile } from 'node:fs/promises';
import { beijingDate } from '#kernel/dates.ts';
import type { Draft } from '#kernel/records/draft.ts';
import { personWith } from '../../../src/commands/demo/world.ts';
import type { Platform } from '../../../src/compose.ts';
import { readyPaymentsFile, type ReadyLeg, type ReadyPayments } from '../ready-payments.ts';
import type { Template } from './template.ts';

/** Draft of the demonstration that is issued and on which nothing has happened. */
const projectName = '双江镇果园水肥一体化';
/** Copies count from here, so that they meet no other copies. */
const firstNumber = 3_000_000;

/** Registers a serial for each first leg of the draft, and tells what pays them. */
export async function registerFirstLegs({ services, models, now }: Platform): Promise<ReadyPayments> {
  const project = await models.project.findOne({ name: projectName }).lean();
  const draftId = project?.record.draftId ?? '';
  const draft = await services.actions.ask<Draft>(personWith('plo', 'handle').userId, {
    contract: 'draft',
    fn: 'query',
    args: { DraftID: draftId },
  });
  const bookingDate = beijingDate(now().getTime());
  const legs: ReadyLeg[] = [];
  for (const leg of draft.PlanPath.filter(({ kind }) => kind === 'F' || kind === 'B')) {
    const serialNo = `READY${leg.legId}N`;
    await services.actions.submit(personWith(leg.payer.orgId, 'handle').userId, {
      contract: 'reconciliation',
      fn: 'register',
      args: { requestId: `bench-register-${leg.legId}`, draftId, legId: leg.legId, serialNo, bookingDate },
    });
    const { payer, payee, amountFen } = leg;
    legs.push({ legId: leg.legId, payer, payee, amountFen, serialNo });
  }
  return { draftId, firstNumber, copies: 0, bookingDate, legs };
}

/** The template of the draft of these payments. */
export function templateOfReady(templates: readonly Template[], { draftId }: ReadyPayments): Template {
  const found = templates.find((one) => one.draftId === draftId);
  if (found === undefined) throw new Error(`no template of ${draftId}`);
  return found;
}

/** Notes in the platform's folder what the copies wait for. */
export async function noteReady(folder: string, ready: ReadyPayments): Promise<void> {
  await writeFile(readyPaymentsFile(folder), JSON.stringify(ready));
}
