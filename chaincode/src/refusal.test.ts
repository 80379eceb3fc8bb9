/** Tests of the refusals: the message is JSON, and docs/contracts.md names every code and every function. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { contracts } from './index.ts';
import { Refusal, refusalCodes } from './refusal.ts';

const page = readFileSync(new URL('../../docs/contracts.md', import.meta.url), 'utf8');

test('a refusal carries code, sentence and details as JSON', () => {
  const { message } = new Refusal('NOT_FOUND', { projectId: 'p-1' });
  assert.deepEqual(JSON.parse(message), {
    code: 'NOT_FOUND',
    message: refusalCodes.NOT_FOUND,
    details: { projectId: 'p-1' },
  });
});

test('the documented table of codes is the list of codes', () => {
  const rows = Object.entries(refusalCodes).map(([code, sentence]) => `| \`${code}\` | ${sentence} |`);
  const expected = ['| code | given when |', '|---|---|', ...rows].join('\n');
  const documented = /<!-- codes -->\n([\s\S]*?)\n<!-- \/codes -->/.exec(page)?.[1];
  assert.equal(documented, expected);
});

test('every function of every contract is documented under its contract', () => {
  for (const Contract of contracts) {
    const name = new Contract().getName();
    const section = new RegExp(`\n## ${name}\n([\\s\\S]*?)\n## `).exec(page)?.[1] ?? '';
    const functions = Object.getOwnPropertyNames(Contract.prototype).filter((fn) => fn !== 'constructor');
    for (const fn of functions) assert.ok(section.includes(`\`${fn}\``), `${name}.${fn}`);
  }
});
