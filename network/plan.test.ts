import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { renderConfigtx } from './configtx.ts';
import { connectionOf } from './connection-file.ts';
import { newChoices } from './network-folder.ts';
import { ordererProcess, peerProcess } from './nodes.ts';
import { contractPorts, organisationsOf, planNetwork, portsOf } from './plan.ts';

const at = { channel: 'fupin', basePort: 9000 };
const programs = { peer: '/bin/peer', orderer: '/bin/orderer', configtxgen: '/bin/configtxgen' };

interface Configtx {
  readonly Profiles: {
    readonly Channel: {
      readonly Orderer: Record<string, unknown> & { readonly EtcdRaft?: { Consenters: unknown[] } };
      readonly Application: {
        readonly Organizations: readonly { ID: string; AnchorPeers: { Port: number }[] }[];
        readonly Policies: Record<string, { readonly Rule: string }>;
      };
    };
  };
}

test('by default: one Raft orderer and the three organisations of the contracts', () => {
  const plan = planNetwork(newChoices(at, {}), '/n');
  assert.equal(plan.consensus, 'raft');
  assert.deepEqual(
    plan.organisations.map(({ mspId }) => mspId),
    ['ProvinceMSP', 'CountyMSP', 'BankMSP'],
  );
  assert.deepEqual(
    plan.orderers.map(({ ports }) => ports.grpc),
    [9000],
  );
});

test('no two programs share a port, also in the largest network', () => {
  const ports = portsOf(planNetwork(newChoices(at, { orgs: 20, orderers: 9, consensus: 'bft' }), '/n'));
  assert.equal(new Set(ports).size, ports.length);
  assert.ok(ports.every((port) => port >= 9000 && port < 9300));
});

test('an organisation keeps its ports when another one leaves', () => {
  const choices = newChoices(at, { orgs: 5 });
  const before = planNetwork(choices, '/n').organisations.find(({ name }) => name === 'org5');
  const fewer = { ...choices, organisations: choices.organisations.filter(({ name }) => name !== 'org4') };
  const after = planNetwork(fewer, '/n').organisations.find(({ name }) => name === 'org5');
  assert.deepEqual(after, before);
});

test('contracts of two definitions after each other listen on different ports', () => {
  const [one] = planNetwork(newChoices(at, {}), '/n').organisations;
  assert.ok(one);
  assert.notDeepEqual(contractPorts(one.peer, 1), contractPorts(one.peer, 2));
  assert.deepEqual(contractPorts(one.peer, 1), contractPorts(one.peer, 3));
});

test('a node with an address of its own is named so by certificates, channel, environment and connection.json', () => {
  const hosts = { orderer: 'orderer.example', county: '10.0.0.2' };
  const plan = planNetwork(newChoices(at, { hosts }), '/n');
  const endpoints = connectionOf(plan).organisations.map(({ peers }) => peers[0]?.endpoint);
  assert.deepEqual(endpoints, ['localhost:9100', '10.0.0.2:9110', 'localhost:9120']);
  assert.equal(connectionOf(plan).orderers[0]?.endpoint, 'orderer.example:9000');
  const text = renderConfigtx(plan);
  for (const part of ['"Host": "10.0.0.2"', '"Host": "orderer.example"', '"orderer.example:9000"'])
    assert.ok(text.includes(part), part);
  const [, county] = plan.organisations;
  assert.ok(county && plan.orderers[0]);
  const { env } = peerProcess(plan, county.peer, programs);
  assert.equal(env['CORE_PEER_GOSSIP_EXTERNALENDPOINT'], '10.0.0.2:9110');
  assert.equal(env['CORE_PEER_LISTENADDRESS'], '10.0.0.2:9110');
  assert.equal(env['CORE_OPERATIONS_LISTENADDRESS'], '127.0.0.1:9112');
  const orderer = ordererProcess(plan, plan.orderers[0], programs).env;
  assert.equal(orderer['ORDERER_GENERAL_LISTENADDRESS'], '0.0.0.0', 'a name may stand for any address');
  assert.match(orderer['ORDERER_ADMIN_LISTENADDRESS'] ?? '', /^127\.0\.0\.1:/);
  assert.throws(() => newChoices(at, { hosts: { audit: '10.0.0.9' } }), /names "audit"/);
  assert.throws(() => newChoices(at, { hosts: { county: 'a b' } }), /names of machines or IPv4/);
});

test('shapes that cannot work are refused with a sentence', () => {
  assert.throws(() => newChoices(at, { orgs: 2 }), /--orgs is 2; it may be 3 to 20/);
  assert.throws(() => newChoices(at, { orgs: Number('many') }), /--orgs is NaN/);
  assert.throws(() => newChoices(at, { consensus: 'bft', orderers: 3 }), /from four on; --orderers is 3/);
  assert.equal(newChoices(at, { consensus: 'bft' }).orderers, 4);
  assert.deepEqual(
    organisationsOf(5).map(({ mspId }) => mspId),
    ['ProvinceMSP', 'CountyMSP', 'BankMSP', 'Org4MSP', 'Org5MSP'],
  );
});

test('the first configuration names every organisation with its anchor and asks a majority to endorse', () => {
  const plan = planNetwork(newChoices(at, { orgs: 4 }), '/n');
  const { Application, Orderer } = (JSON.parse(renderConfigtx(plan)) as Configtx).Profiles.Channel;
  assert.deepEqual(
    Application.Organizations.map(({ ID, AnchorPeers }) => [ID, AnchorPeers[0]?.Port]),
    plan.organisations.map(({ mspId, peer }) => [mspId, peer.ports.grpc]),
  );
  assert.equal(Application.Policies['Endorsement']?.Rule, 'MAJORITY Endorsement');
  assert.equal(Application.Policies['LifecycleEndorsement']?.Rule, 'MAJORITY Endorsement');
  assert.deepEqual([Orderer['OrdererType'], Orderer.EtcdRaft?.Consenters.length], ['etcdraft', 1]);
});

test('the Byzantine profile numbers its orderers from one', () => {
  const plan = planNetwork(newChoices(at, { consensus: 'bft' }), '/n');
  const { Orderer } = (JSON.parse(renderConfigtx(plan)) as Configtx).Profiles.Channel;
  const mapping = Orderer['ConsenterMapping'] as { ID: number }[];
  assert.deepEqual(
    mapping.map(({ ID }) => ID),
    [1, 2, 3, 4],
  );
  assert.equal('EtcdRaft' in Orderer, false);
});

test('the environment of an orderer reaches only sections that its file has', () => {
  const plan = planNetwork(newChoices(at, {}), '/n');
  const [one] = plan.orderers;
  assert.ok(one);
  const file = readFileSync(join(import.meta.dirname, 'config/orderer.yaml'), 'utf8');
  const sections = new Set([...file.matchAll(/^(\w+):/gm)].map(([, name]) => name?.toUpperCase()));
  const named = Object.keys(ordererProcess(plan, one, programs).env)
    .filter((name) => name.startsWith('ORDERER_'))
    .map((name) => name.split('_')[1]);
  assert.ok(named.length > 10);
  for (const name of named) assert.ok(sections.has(name), `${name} stands in orderer.yaml`);
});

test('every program listens on loopback alone', () => {
  const plan = planNetwork(newChoices(at, {}), '/n');
  const [orderer] = plan.orderers;
  const [organisation] = plan.organisations;
  assert.ok(orderer && organisation);
  const env = {
    ...ordererProcess(plan, orderer, programs).env,
    ...peerProcess(plan, organisation.peer, programs).env,
  };
  const listening = Object.entries(env).filter(([name]) => name.endsWith('LISTENADDRESS'));
  assert.equal(listening.length, 6);
  for (const [name, value] of listening) assert.match(value, /^127\.0\.0\.1(:\d+)?$/, name);
});
