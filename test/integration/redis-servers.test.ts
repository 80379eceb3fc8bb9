/** The private Redis as the platform runs it, and the check of one that a person named. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { createClient } from 'redis';
import { checkNamedRedis } from '../../src/servers/named-redis.ts';
import { privateRedis } from '../../src/servers/private-redis.ts';
import type { PrivateRedis } from '../../src/servers/private-redis.ts';
import { freePort } from '../../src/supervisor/ports.ts';

interface Running {
  readonly redis: PrivateRedis;
  readonly kill: () => Promise<void>;
}

async function run(t: TestContext, dataFolder: string): Promise<Running> {
  const redis = privateRedis({ dataFolder, port: await freePort(), password: 'abc123' });
  const child = spawn(redis.command, redis.args, { stdio: ['pipe', 'ignore', 'ignore'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.stdin.end(redis.input);
  t.after(() => child.kill('SIGKILL'));
  while (!(await redis.probe())) await new Promise((resolve) => setTimeout(resolve, 20));
  return {
    redis,
    kill: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function folder(t: TestContext): string {
  // The blank and the quote must survive the way into its configuration.
  const path = mkdtempSync('/tmp/redis "test-');
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test('the private Redis keeps what it was given across a stop, behind its password', async (t) => {
  const dataFolder = folder(t);
  const first = await run(t, dataFolder);
  const client = await createClient({ url: first.redis.uri }).connect();
  await client.set('job', '1');
  client.destroy();
  const bare = first.redis.uri.replace(/:[^:@]*@/, '');
  await assert.rejects(checkNamedRedis(bare), /does not answer \(NOAUTH/);
  await first.kill();
  const second = await run(t, dataFolder);
  const again = await createClient({ url: second.redis.uri }).connect();
  assert.equal(await again.get('job'), '1');
  again.destroy();
  await second.kill();
});

test('a Redis that keeps every key passes, one that may drop keys is refused by its policy', async (t) => {
  const { redis, kill } = await run(t, folder(t));
  await checkNamedRedis(redis.uri);
  const client = await createClient({ url: redis.uri }).connect();
  await client.configSet('maxmemory-policy', 'allkeys-lru');
  client.destroy();
  await assert.rejects(checkNamedRedis(redis.uri), /may drop keys \(maxmemory-policy allkeys-lru\)/);
  await kill();
});

test('a Redis that does not answer is told without its address', async () => {
  const uri = `redis://:secret@127.0.0.1:${await freePort()}`;
  await assert.rejects(checkNamedRedis(uri), (error: Error) => {
    assert.match(error.message, /^The Redis at REDIS_URL does not answer/);
    assert.doesNotMatch(error.message, /secret/);
    return true;
  });
});
