/** Writes docs/configuration.md from the configuration schema: `node bin/node24.js src/commands/configuration-doc.ts`. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configKeys } from '../config.schema.ts';
import type { ConfigKey } from '../config.schema.ts';

/** Path of the generated document. */
export const configurationDocument = join(import.meta.dirname, '../../docs/configuration.md');

if (import.meta.main) writeFileSync(configurationDocument, renderConfiguration());

/** @returns the text of docs/configuration.md */
export function renderConfiguration(): string {
  const keys: ConfigKey<unknown>[] = Object.values(configKeys);
  return [
    '# Configuration',
    '',
    'Generated from `src/config.schema.ts` by `node bin/node24.js src/commands/configuration-doc.ts`; do not edit.',
    '',
    'Every value comes from the environment and is read once. A wrong value stops the start with the name of the',
    'variable, what it holds and what it may hold. An empty variable counts as absent. Values marked *secret* are',
    'never printed or logged.',
    '',
    '| variable | what it does | may hold | when absent |',
    '|---|---|---|---|',
    ...keys.map(row),
    '',
  ].join('\n');
}

function row(key: ConfigKey<unknown>): string {
  const absent = key.fallback === undefined ? (key.derived ?? 'required') : `\`${key.fallback}\``;
  const name = `\`${key.env}\`${key.secret ? ' (*secret*)' : ''}`;
  return `| ${name} | ${key.description} | ${key.holds} | ${absent} |`;
}
