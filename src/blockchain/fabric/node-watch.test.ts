import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import type { FabricConnection } from './connection.ts';
import { createNodeWatch, readFigure } from './node-watch.ts';

/** The operations port of a node. @param metrics lines of figures; null for a node that is not well */
async function node(t: TestContext, metrics: readonly string[] | null): Promise<string> {
  const server: Server = createServer((request, response) => {
    if (metrics === null) response.statusCode = 503;
    if (request.url === '/version') response.end('{"CommitSHA":"x","Version":"v3.1.5"}');
    else response.end(request.url === '/metrics' ? metrics?.join('\n') : '{"status":"OK"}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const NOWHERE = 'http://127.0.0.1:9';
const height = (blocks: number): string => `ledger_blockchain_height{channel="fupin"} ${blocks}`;
const peer = (name: string, operationsUrl: string, chaincodeOperationsUrl: string) => ({
  mspId: `${name}MSP`,
  name,
  caKeyPath: '/none',
  caCertPath: '/none',
  adminKeyPath: '/none',
  adminCertPath: '/none',
  peers: [
    {
      name: `${name}-peer0`,
      endpoint: '127.0.0.1:9',
      tlsRootPem: '/none',
      operationsUrl,
      chaincodeEndpoint: '127.0.0.1:9',
      chaincodeOperationsUrl,
    },
  ],
});
const orderer = (name: string, operationsUrl: string) => ({
  name,
  endpoint: '127.0.0.1:9',
  tlsRootPem: '/none',
  operationsUrl,
});

function connectionOf(parts: Pick<FabricConnection, 'organisations' | 'orderers'>): FabricConnection {
  const reader = { mspId: 'ProvinceMSP', keyPath: '/none', certPath: '/none' };
  return { channel: 'fupin', chaincode: 'fupin', consensus: 'raft', reader, ...parts };
}

test('heights, lag, contracts and the Raft leader; a node that does not answer is shown as such', async (t) => {
  const well = await node(t, [height(12), `ledger_blockchain_height{channel="other"} 90`]);
  const behind = await node(t, [height(9)]);
  const leads = await node(t, [height(12), 'consensus_etcdraft_is_leader{channel="fupin"} 1']);
  const organisations = [
    peer('province', well, well),
    peer('county', behind, await node(t, null)),
    peer('bank', NOWHERE, NOWHERE),
  ];
  const orderers = [orderer('orderer0', await node(t, null)), orderer('orderer1', leads)];
  const nodes = await createNodeWatch(() => connectionOf({ organisations, orderers })).nodes();
  assert.deepEqual(
    nodes.map((one) => [one.name, one.healthy, one.height, one.lag, one.leader, one.contracts]),
    [
      ['province-peer0', true, 12, 0, false, true],
      ['county-peer0', true, 9, 3, false, false],
      ['bank-peer0', false, null, null, false, false],
      ['orderer0', false, null, null, false, null],
      ['orderer1', true, 12, 0, true, null],
    ],
  );
  assert.equal(nodes[0]?.version, 'v3.1.5');
  assert.equal(nodes[2]?.version, '');
  assert.equal(nodes[0].certificateEnds, null);
});

test('among Byzantine-tolerant orderers the one that most name leads, whatever a node that caught up says', async (t) => {
  const names = (leader: number): Promise<string> =>
    node(t, [`consensus_BFT_leader_id{channel="fupin"} ${leader}`]);
  const votes = await Promise.all([2, 2, 1, 2].map(names));
  const orderers = votes.map((url, index) => orderer(`orderer${index}`, url));
  const nodes = await createNodeWatch(() => connectionOf({ organisations: [], orderers })).nodes();
  assert.deepEqual(
    nodes.filter(({ leader }) => leader).map(({ name }) => name),
    ['orderer1'],
  );
});

test('within two seconds nobody is asked again', async (t) => {
  const orderers = [orderer('orderer0', await node(t, [height(1)]))];
  let now = 1000;
  const watch = createNodeWatch(
    () => connectionOf({ organisations: [], orderers }),
    () => now,
  );
  const first = watch.nodes();
  now += 1500;
  assert.equal(watch.nodes(), first);
  now += 1000;
  assert.notEqual(watch.nodes(), first);
  await watch.nodes();
});

test('a figure of another name or channel is not taken', () => {
  assert.equal(readFigure('a{channel="x"} 1\nab{channel="y"} 2', 'a', 'y'), null);
  assert.equal(readFigure('a{channel="x"} 1\na{channel="y"} 2', 'a', 'y'), 2);
});
