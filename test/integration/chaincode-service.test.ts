/** The contracts as a process of their own: registers with whoever connects, answers health and figures, ends when asked. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { test, type TestContext } from 'node:test';
import { Client, credentials } from '@grpc/grpc-js';
import { peer } from '@hyperledger/fabric-protos';
import { freePorts } from '../../src/supervisor/ports.ts';
import { until } from '../support/start-run.ts';

const script = resolve(import.meta.dirname, '../../chaincode/service/main.ts');

interface Service {
  readonly child: ChildProcess;
  readonly address: string;
  readonly operations: string;
}

async function startService(t: TestContext): Promise<Service> {
  const ports = await freePorts();
  const [address, operations] = [`127.0.0.1:${ports[0]}`, `127.0.0.1:${ports[1]}`];
  const env = {
    CHAINCODE_ADDRESS: address,
    CHAINCODE_OPERATIONS_ADDRESS: operations,
    CHAINCODE_ID: 'fupin_x:0',
  };
  const child = spawn(process.execPath, [script], { env, stdio: 'ignore' });
  t.after(() => child.kill('SIGKILL'));
  await until('health', () =>
    fetch(`http://${operations}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  return { child, address, operations };
}

test('whoever connects is told the package id, figures are given, and SIGTERM ends the process', async (t) => {
  const { child, address, operations } = await startService(t);
  const client = new Client(address, credentials.createInsecure());
  t.after(() => client.close());
  const stream = client.makeBidiStreamRequest(
    '/protos.Chaincode/Connect',
    (message: peer.ChaincodeMessage) => Buffer.from(message.serializeBinary()),
    (bytes: Buffer) => peer.ChaincodeMessage.deserializeBinary(bytes),
  );
  stream.on('error', () => undefined);
  const [message] = (await once(stream, 'data')) as [peer.ChaincodeMessage];
  assert.equal(message.getType(), peer.ChaincodeMessage.Type.REGISTER);
  const id = peer.ChaincodeID.deserializeBinary(message.getPayload_asU8());
  assert.equal(id.getName(), 'fupin_x:0');
  const text = await (await fetch(`http://${operations}/metrics`)).text();
  assert.match(text, /^chaincode_ready 1$/m);
  assert.match(text, /^process_resident_memory_bytes \d+$/m);
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  assert.deepEqual((await ended)[0], 0);
});

test('a process that is told no package id says so and ends', async () => {
  const child = spawn(process.execPath, [script], { env: { CHAINCODE_ADDRESS: '127.0.0.1:1' } });
  let err = '';
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  assert.deepEqual([code, err], [1, 'CHAINCODE_ID is not set.\n']);
});
