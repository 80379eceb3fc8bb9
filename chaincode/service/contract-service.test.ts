import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Contract } from 'fabric-contract-api';
import {
  createAuthority,
  issueUserCertificate,
} from '../../src/blockchain/identity/certificate-authority.ts';
import { ContractService } from './contract-service.ts';
import { renderMetrics } from './operations.ts';
import { newDispatcher, type CallStub } from './shim.ts';
import { warmUp } from './warm-up.ts';

let release: () => void = () => undefined;

class EchoContract extends Contract {
  constructor() {
    super('echo');
  }

  async say(_ctx: unknown, word: string): Promise<string> {
    return Promise.resolve(word);
  }

  async refuse(_ctx: unknown, amount: string): Promise<string> {
    return Promise.reject(new Error(JSON.stringify({ code: 'NO', message: 'no', details: { amount } })));
  }

  async wait(_ctx: unknown): Promise<string> {
    await new Promise<void>((resolve) => (release = resolve));
    return 'at last';
  }
}

function newService(): { service: ContractService; logged: string[] } {
  const logged: string[] = [];
  const dispatcher = newDispatcher([EchoContract], (_source, text) => logged.push(text));
  return { service: new ContractService(dispatcher), logged };
}

const authority = await createAuthority('CountyMSP', new Date());
const { certificate } = await issueUserCertificate(authority, { commonName: 'u1', attributes: {} });

function call(fn: string, ...args: string[]): CallStub {
  const stub = {
    getBufferArgs: () => [fn, ...args].map((text) => Buffer.from(text)),
    getTxID: () => 'tx1',
    getChannelID: () => 'fupin',
    getCreator: () => ({ mspid: 'CountyMSP', idBytes: Buffer.from(certificate) }),
  };
  return stub;
}

test('an unknown contract or function is refused with a code, as on the embedded ledger', async () => {
  const { service } = newService();
  const unknown = JSON.parse((await service.Invoke(call('echo:sing'))).message ?? '') as { code: string };
  assert.equal(unknown.code, 'UNKNOWN_FUNCTION');
  const other = JSON.parse((await service.Invoke(call('sing:say', 'a'))).message ?? '') as { code: string };
  assert.equal(other.code, 'UNKNOWN_CONTRACT');
});

test('another number of arguments is refused', async () => {
  const { service } = newService();
  const { status, message } = await service.Invoke(call('echo:say', 'a', 'b'));
  assert.deepEqual([status, message], [500, 'Expected 1 parameters, but 2 have been supplied']);
});

test('a call is answered by its contract', async () => {
  const { service } = newService();
  const answer = await service.Invoke(call('echo:say', '你好'));
  assert.equal(Buffer.from(answer.payload ?? []).toString(), '你好');
  assert.equal(service.counts.calls.get('echo:say')?.ok, 1);
});

test('calls are counted by function; a made-up name makes no new series', async () => {
  const { service } = newService();
  await service.Invoke(call('echo:say', 'a', 'b'));
  await service.Invoke(call('made-up-1:x'));
  await service.Invoke(call('made-up-2:x'));
  const { calls, inFlight } = service.counts;
  assert.deepEqual([...calls.keys()], ['echo:say', 'unknown']);
  assert.equal(calls.get('unknown')?.refused, 2);
  assert.equal(inFlight, 0);
  const text = renderMetrics(
    { isReady: true, counts: service.counts, packageId: 'p' },
    { rss: 5, heapUsed: 3 },
  );
  assert.match(text, /chaincode_calls_total\{function="echo:say",outcome="failed"\} 1/);
  assert.match(text, /process_resident_memory_bytes 5/);
});

test('warming up runs every function and minds no refusal', async () => {
  const seen: string[] = [];
  class Watched extends Contract {
    async first(_ctx: unknown, json: string): Promise<string> {
      seen.push(json);
      return Promise.reject(new Error('refused'));
    }
    async second(): Promise<void> {
      seen.push('second');
      return Promise.resolve();
    }
  }
  await warmUp([Watched]);
  assert.deepEqual(seen, ['{}', 'second']);
});

test('draining waits for what runs and begins nothing more', async () => {
  const service = new ContractService({
    metadata: {
      contracts: { echo: { transactions: [{ name: 'wait' }] } },
    },
    Init: () => Promise.reject(new Error('not used')),
    Invoke: async () => {
      await new Promise<void>((resolve) => (release = resolve));
      return { status: 200 };
    },
  });
  const running = service.Invoke(call('echo:wait'));
  const drained = service.drain(5000).then(() => 'drained');
  let isAnswered = false;
  void service.Invoke(call('echo:wait')).then(() => (isAnswered = true));
  release();
  assert.equal((await running).status, 200);
  assert.equal(await drained, 'drained');
  assert.equal(isAnswered, false, 'a late call is left to the peer, which asks elsewhere');
});

test('what a contract refused is not logged', async () => {
  const { service, logged } = newService();
  const { message } = await service.Invoke(call('echo:refuse', '123456'));
  assert.match(message ?? '', /"code":"NO".*123456/);
  assert.equal(service.counts.calls.get('echo:refuse')?.refused, 1);
  assert.deepEqual(logged, []);
});
