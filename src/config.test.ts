import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, loadConfig, loadStartConfig } from './config.ts';

const supplied = {
  MONGODB_URI: 'mongodb://127.0.0.1:1/x',
  REDIS_URL: 'redis://127.0.0.1:1',
  LEDGER_SOCKET: '/tmp/l.sock',
  SESSION_SECRET: 's'.repeat(32),
  KEY_ENCRYPTION_KEY: 'ab'.repeat(32),
};

function messageOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message;
  }
  return assert.fail('no ConfigError');
}

test('defaults stand when nothing is set', () => {
  const config = loadStartConfig({});
  assert.equal(config.port, 3000);
  assert.equal(config.bankPort, 3100);
  assert.equal(config.publicUrl, 'http://localhost:3000');
  assert.equal(config.sessionIdleMinutes, 30);
  assert.equal(config.mongodbUri, undefined);
});

test('more flows are reconciled at a time on a network, unless a number is given', () => {
  assert.equal(loadStartConfig({}).matchConcurrency, 16);
  assert.equal(loadStartConfig({ LEDGER: 'fabric' }).matchConcurrency, 64);
  assert.equal(loadStartConfig({ LEDGER: 'fabric', MATCH_CONCURRENCY: '8' }).matchConcurrency, 8);
});

test('BANK_PORT follows PORT, and an empty variable counts as absent', () => {
  assert.equal(loadStartConfig({ PORT: '4000', BANK_PORT: '' }).bankPort, 4100);
  assert.equal(loadStartConfig({ PORT: '4000', BANK_PORT: '5000' }).bankPort, 5000);
});

test('a wrong value is told with its name, what it holds and what it may hold', () => {
  assert.equal(
    messageOf(() => loadStartConfig({ PORT: '80a' })),
    'PORT holds "80a"; it may hold a whole number from 0 to 65535.',
  );
  assert.match(
    messageOf(() => loadStartConfig({ LEDGER: 'cloud' })),
    /^LEDGER holds "cloud"; it may hold embedded or fabric\.$/,
  );
});

test('every wrong value is told at once', () => {
  const message = messageOf(() => loadStartConfig({ PORT: '-1', LOG_LEVEL: 'loud' }));
  assert.equal(message.split('\n').length, 2);
});

test('a port too high for its bank port, or shared with it, is told', () => {
  assert.match(
    messageOf(() => loadStartConfig({ PORT: '65500' })),
    /^BANK_PORT would be/,
  );
  assert.match(
    messageOf(() => loadStartConfig({ PORT: '4000', BANK_PORT: '4000' })),
    /another port/,
  );
});

test('a wrong secret is told without showing it', () => {
  const message = messageOf(() => loadConfig({ ...supplied, KEY_ENCRYPTION_KEY: 'hunter2' }));
  assert.match(message, /^KEY_ENCRYPTION_KEY holds \(a secret\)/);
  assert.doesNotMatch(message, /hunter2/);
});

test('a process that needs servers and secrets names each that is missing', () => {
  assert.equal(loadConfig(supplied).redisUrl, 'redis://127.0.0.1:1');
  assert.equal(messageOf(() => loadConfig({})).split('\n').length, 5);
});
