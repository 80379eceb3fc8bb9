/** The loader's hands: the platform's own services, and the sample bank over HTTP. */
import { setTimeout as delay } from 'node:timers/promises';
import { createHash } from 'node:crypto';
import { model, Schema } from 'mongoose';
import { z } from 'zod';
import { beijingDate } from '#kernel/dates.ts';
import type { Draft } from '#kernel/records/draft.ts';
import type { Platform } from '../../compose.ts';
import type { BankTransfer, DemoWorld, TransferRequest } from './world.ts';
import { personWith } from './world.ts';

/** Finished steps, so that a loader that was cut off goes on where it stopped. */
const StepModel = model(
  'DemoStep',
  new Schema(
    { _id: { type: String, required: true }, result: { type: String, required: true } },
    { collection: 'demo_steps', versionKey: false },
  ),
);

const transferReply = z.object({ serialNo: z.string(), bankId: z.string(), bookingDate: z.string() });
const pollMs = 60;
const waitMs = 60_000;

/** Opens the world of a platform whose sample bank answers at `bankUrl`. */
export function openWorld({ services, now }: Platform, bankUrl: string): DemoWorld {
  const draft = (draftId: string): Promise<Draft> =>
    services.actions.ask<Draft>(personWith('plo', 'handle').userId, {
      contract: 'draft',
      fn: 'query',
      args: { DraftID: draftId },
    });
  return {
    today: beijingDate(now().getTime()),
    draft,
    submit: async (person, { contract, fn, args, key }) =>
      (
        await services.actions.act(person.userId, {
          contract,
          fn,
          args: { requestId: requestIdOf(key), ...args },
        })
      ).result,
    once: async <T>(key: string, make: () => Promise<T>): Promise<T> => {
      const known = await StepModel.findById(key).lean();
      if (known !== null) return JSON.parse(known.result) as T;
      const result = await make();
      await StepModel.create({ _id: key, result: JSON.stringify(result) });
      return result;
    },
    transfer: (request) => postTransfer(bankUrl, request),
    sign: (project, issuedOn) => services.issuer.sign(project, 'plo', issuedOn),
    plan: (project, issuedOn) => services.planning.propose(project, issuedOn),
    proof: (person, { name, text, ownerId }) =>
      services.files.upload(textStream(text), {
        person,
        owner: { kind: 'milestone', id: ownerId },
        name,
      }),
    until: async (draftId, what, holds) => {
      const deadline = Date.now() + waitMs;
      while (Date.now() < deadline) {
        const found = await draft(draftId);
        if (holds(found)) return found;
        await delay(pollMs);
      }
      throw new Error(`waited in vain: ${what} of ${draftId}`);
    },
  };
}

/** A request id for a step of the demonstration. */
export function requestIdOf(key: string): string {
  return `demo-${createHash('sha256').update(key).digest('hex').slice(0, 40)}`;
}

async function postTransfer(bankUrl: string, request: TransferRequest): Promise<BankTransfer> {
  const response = await fetch(`${bankUrl}/api/transfers`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
  });
  const body: unknown = await response.json();
  if (!response.ok) throw new Error(`the sample bank refused a transfer: ${JSON.stringify(body)}`);
  return transferReply.parse(body);
}

async function* textStream(text: string): AsyncGenerator<Buffer> {
  yield await Promise.resolve(Buffer.from(text, 'utf8'));
}
