import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { configurationDocument, renderConfiguration } from './configuration-doc.ts';

test('docs/configuration.md says what the schema says', () => {
  assert.equal(readFileSync(configurationDocument, 'utf8'), renderConfiguration());
});

test('every variable is documented with what it may hold', () => {
  const text = renderConfiguration();
  for (const name of ['PORT', 'MONGODB_URI', 'KEY_ENCRYPTION_KEY', 'HEARTBEAT_MINUTES']) {
    assert.match(text, new RegExp(`^\\| \`${name}\`.*\\|.+\\|.+\\|.+\\|$`, 'm'));
  }
});
