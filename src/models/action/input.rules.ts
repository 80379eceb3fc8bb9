/** Reads a form by its fields: what a person typed becomes input in normal form, or a sentence per field. */
import { z } from 'zod';
import { formatFen, parseYuan } from '#kernel/fen.ts';
import { isAccount, isSerial, normalAccount, normalSerial } from '#kernel/normal-form.ts';
import { label, t, type MessageKey } from '../../messages/index.ts';
import type { ActionInput, Choice, FieldSpec } from './page-action.ts';

/** Either the input, or what to tell the person, by field. */
export type ReadInput =
  { readonly input: ActionInput } | { readonly errors: Readonly<Record<string, string>> };

const longest = 4000;

/** Reads what was posted; unknown fields are ignored. */
export function readInput(
  fields: readonly FieldSpec[],
  posted: Readonly<Record<string, unknown>>,
): ReadInput {
  const input: Record<string, string> = {};
  const errors: Record<string, string> = {};
  for (const field of fields) {
    const read = readField(field, typed(posted[field.name]));
    if ('fault' in read)
      errors[field.name] = t(read.fault, { label: label(field.label), max: field.max ?? longest });
    else input[field.name] = read.value;
  }
  return Object.keys(errors).length > 0 ? { errors } : { input };
}

/** What the person typed, to be shown again. */
export function typedValues(
  fields: readonly FieldSpec[],
  posted: Readonly<Record<string, unknown>>,
): Record<string, string> {
  return Object.fromEntries(fields.map((field) => [field.name, typed(posted[field.name])]));
}

type FieldReading = { readonly value: string } | { readonly fault: MessageKey };

function readField(field: FieldSpec, text: string): FieldReading {
  if (field.type === 'checkbox' || field.type === 'checkboxes') return readTicked(field, text);
  if (text === '') return field.optional === true ? { value: '' } : { fault: 'form.fault.required' };
  if (text.length > (field.max ?? longest)) return { fault: 'form.fault.tooLong' };
  if (field.choices !== undefined) return readChoice(field.choices, text);
  return readers[field.type]?.(text) ?? { value: text };
}

/** The values of a field of checkboxes. */
export function listOf(input: string | undefined): string[] {
  return input === undefined || input === '' ? [] : input.split('\n');
}

function readTicked({ type, choices = [], optional }: FieldSpec, text: string): FieldReading {
  if (type === 'checkbox') return { value: text === 'yes' ? 'yes' : '' };
  const chosen = listOf(text);
  if (chosen.length === 0 && optional !== true) return { fault: 'form.fault.required' };
  const known = chosen.every((value) => choices.some((one) => one.value === value));
  return known ? { value: chosen.join('\n') } : { fault: 'form.fault.choice' };
}

function readChoice(choices: readonly Choice[], text: string): FieldReading {
  return choices.some((one) => one.value === text) ? { value: text } : { fault: 'form.fault.choice' };
}

const readers: Partial<Record<FieldSpec['type'], (text: string) => FieldReading>> = {
  date: (text) => (z.iso.date().safeParse(text).success ? { value: text } : { fault: 'form.fault.date' }),
  number: (text) => (/^\d{1,9}$/.test(text) ? { value: text } : { fault: 'form.fault.number' }),
  serial: (text) =>
    isSerial(normalSerial(text)) ? { value: normalSerial(text) } : { fault: 'form.fault.serial' },
  account: (text) =>
    isAccount(normalAccount(text)) ? { value: normalAccount(text) } : { fault: 'form.fault.account' },
  yuan: (text) => {
    try {
      const fen = parseYuan(text);
      return fen > 0n ? { value: formatFen(fen) } : { fault: 'form.fault.yuan' };
    } catch {
      return { fault: 'form.fault.yuan' };
    }
  },
};

function typed(value: unknown): string {
  if (Array.isArray(value)) return value.map(typed).filter(Boolean).join('\n');
  return typeof value === 'string' ? value.trim() : '';
}
