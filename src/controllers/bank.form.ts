/** Reads the forms of a bank's page: a new key, and from where the bank may call. */
import { z } from 'zod';
import type { BankAccess } from '../models/bank/bank.schema.ts';
import type { NewKey } from '../models/bank/bank.service.ts';
import { InputError } from '../models/kernel/errors.ts';

const whole = z
  .string()
  .trim()
  .regex(/^\d{0,6}$/)
  .default('');
const keyForm = z.object({ publicKey: z.string().trim().max(400).default(''), overlapHours: whole });
const accessForm = z.object({
  addresses: z.string().max(4000).default(''),
  commonName: z.string().trim().max(200).default(''),
  caPem: z.string().trim().max(20_000).default(''),
  ratePerSecond: whole,
});

/** A new key as asked for; an empty public key = the platform makes a secret. @throws InputError overlapHours, publicKey */
export function keyOf(body: unknown): NewKey {
  const { publicKey, overlapHours } = read(keyForm, body);
  return {
    ...(publicKey === '' ? {} : { publicKey }),
    ...(overlapHours === '' ? {} : { overlapHours: Number(overlapHours) }),
  };
}

/** A bank's access as asked for; what is empty is not asked of the bank. @throws InputError naming the field */
export function accessOf(body: unknown): BankAccess {
  const { addresses, commonName, caPem, ratePerSecond } = read(accessForm, body);
  return {
    addresses: addresses.split(/[\s,，;；]+/).filter(Boolean),
    certificate: caPem === '' && commonName === '' ? null : { caPem, commonName },
    ratePerSecond: ratePerSecond === '' || Number(ratePerSecond) === 0 ? null : Number(ratePerSecond),
  };
}

function read<T>(form: z.ZodType<T>, body: unknown): T {
  const parsed = form.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map((issue) => {
    const field = String(issue.path[0] ?? '');
    return [field, field === 'overlapHours' ? 'banks.fault.overlap' : `banks.fault.${field}`];
  });
  throw new InputError(Object.fromEntries(fields) as Record<string, string>);
}
