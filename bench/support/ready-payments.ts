/** Payments that copied drafts wait for: what the loader of a benchmark notes, and the flows by which a bank reports them. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const party = z.object({ bankId: z.string(), bankNo: z.string(), account: z.string(), name: z.string() });
const readyLeg = z.object({
  legId: z.string(),
  payer: party,
  payee: party,
  amountFen: z.string(),
  /** Of the copied draft; a copy's own has its number behind it. */
  serialNo: z.string(),
});
const readyPayments = z.object({
  /** The draft that was copied. */
  draftId: z.string(),
  firstNumber: z.number(),
  copies: z.number(),
  bookingDate: z.string(),
  legs: z.array(readyLeg),
});
/** A registered leg of the copied draft. */
export type ReadyLeg = z.infer<typeof readyLeg>;
/** What every copy waits for. */
export type ReadyPayments = z.infer<typeof readyPayments>;

/** A flow that pays a leg of a copy. */
export interface ReadyFlow {
  readonly serialNo: string;
  readonly entry: { readonly serialNo: string };
}

const fileName = 'ready-payments.json';

/** Where the loader notes it. */
export function readyPaymentsFile(folder: string): string {
  return join(folder, fileName);
}

/** What the loader of this platform noted. */
export async function readReadyPayments(folder: string): Promise<ReadyPayments> {
  return readyPayments.parse(JSON.parse(await readFile(readyPaymentsFile(folder), 'utf8')));
}

/** How a copy's ids end. */
export function suffixOf(number: number): string {
  return String(number).padStart(8, '0');
}

/** Every flow once: the first leg of all drafts, then the second, so that two flows of one draft never come together. */
export function* readyFlows({ firstNumber, copies, bookingDate, legs }: ReadyPayments): Generator<ReadyFlow> {
  for (const { payer, payee, amountFen, serialNo } of legs) {
    for (let copy = 0; copy < copies; copy += 1) {
      const serial = `${serialNo}${suffixOf(firstNumber + copy)}`;
      const entry = {
        serialNo: serial,
        bookingDate,
        txTime: `${bookingDate}T00:00:01+08:00`,
        direction: 'DBIT',
        status: 'BOOK',
        currency: 'CNY',
        amountFen,
        payer: { account: payer.account, name: payer.name, bankNo: payer.bankNo },
        payee: { account: payee.account, name: payee.name, bankNo: payee.bankNo },
      };
      yield { serialNo: serial, entry };
    }
  }
}
