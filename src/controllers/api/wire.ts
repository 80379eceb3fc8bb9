/** JSON on the wire: amounts as decimal strings, input checked by its schema with Chinese sentences. */
import type { Response } from 'express';
import { z } from 'zod';
import { InputError } from '../../models/kernel/errors.ts';

const { localeError } = z.locales.zhCN();

/** Sends JSON; every bigint becomes a decimal string. */
export function send(res: Response, status: number, body: unknown): void {
  res.status(status).type('application/json').send(textOf(body));
}

/** JSON text with bigint as decimal strings. */
export function textOf(body: unknown): string {
  return JSON.stringify(body, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
}

/** @throws InputError with one sentence per place, named as a JSON pointer without its first slash */
export function checked<S extends z.ZodType>(schema: S, value: unknown): z.infer<S> {
  const read = schema.safeParse(value, { error: localeError });
  if (read.success) return read.data;
  throw new InputError(
    Object.fromEntries(read.error.issues.map(({ path, message }) => [path.join('/'), message])),
  );
}
