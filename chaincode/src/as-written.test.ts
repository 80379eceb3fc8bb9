/** Tests of the cheap check: it knows every record that is as it should be, and none that the parse would refuse or change. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { draft } from '#kernel/records/draft.ts';
import type { ObjectType } from '#kernel/records/keys.ts';
import { splitCompositeKey } from '#kernel/records/keys.ts';
import { seedDraft } from '../test/drafts.ts';
import { asWritten } from './as-written.ts';
import { recordSchemas } from './ledger-records.ts';

/** The records of a draft and its accounts, by key, as `put` writes them. */
const seeded = (): Map<string, string> => {
  const state = new Map<string, string>();
  seedDraft({ state }, { serial: 1 });
  for (const [key, text] of state)
    state.set(key, JSON.stringify(recordSchemas[typeOf(key)].parse(JSON.parse(text))));
  return state;
};
const typeOf = (key: string): ObjectType => splitCompositeKey(key)?.type as ObjectType;

test('records that came from the ledger are as written', () => {
  const types = new Set<string>();
  for (const [key, text] of seeded()) {
    const type = typeOf(key);
    types.add(type);
    assert.equal(asWritten(recordSchemas[type])(JSON.parse(text)), true, type);
  }
  assert.ok(types.has('DRAFT'));
});

/** Every way to spoil one place of a value: another type, no value, a key too many, the keys in another order. */
function* spoilt(value: unknown): Generator {
  yield* [null, undefined, '', ' x ', '中', -1, 0.5, 2 ** 60, true, [], {}, '2026-02-30', '0012'];
  if (Array.isArray(value)) {
    yield* [value.slice(1), [...(value as unknown[]), ...(value as unknown[]), 'x']];
    for (const [at, one] of value.entries())
      for (const bad of spoilt(one)) yield (value as unknown[]).with(at, bad);
  } else if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    yield* [{ ...value, more: 1 }, Object.fromEntries(entries.toReversed())];
    for (const [name, one] of entries) {
      yield Object.fromEntries(entries.filter(([other]) => other !== name));
      for (const bad of spoilt(one)) yield { ...value, [name]: bad };
    }
  }
}

test('what the parse would refuse or change is never as written', () => {
  const text = [...seeded()].find(([key]) => key.startsWith('\u0000DRAFT'))?.[1] ?? '';
  const check = asWritten(draft);
  let refused = 0;
  for (const value of spoilt(JSON.parse(text))) {
    if (!check(value)) refused++;
    else assert.equal(JSON.stringify(draft.parse(value)), JSON.stringify(value));
  }
  assert.ok(refused > 1000);
});

test('limits of texts, numbers and lists hold; kinds it does not know are left to the parse', () => {
  const schema = z.object({
    text: z.string().min(1).max(3),
    int: z.int().positive().max(9),
    list: z.array(z.boolean()).min(1).max(2),
    choice: z.discriminatedUnion('type', [
      z.object({ type: z.literal('a') }),
      z.object({ type: z.literal('b') }),
    ]),
    late: z.string().optional(),
  });
  const check = asWritten(schema);
  const good = { text: 'abc', int: 9, list: [true], choice: { type: 'b' } };
  assert.equal(check(good), true);
  assert.equal(check({ ...good, late: 'x' }), true);
  const bad = [
    { text: '' },
    { text: 'abcd' },
    { int: 0 },
    { int: 10 },
    { int: 1.5 },
    { list: [] },
    { choice: { type: 'c' } },
  ];
  for (const part of bad) assert.equal(check({ ...good, ...part }), false, JSON.stringify(part));
  assert.equal(asWritten(z.string().trim())('x'), false);
  assert.equal(asWritten(z.strictObject({}))({}), false);
  assert.equal(asWritten(z.string().transform(Number))('1'), false);
  assert.equal(asWritten(z.string().refine(() => false))('x'), false);
});
