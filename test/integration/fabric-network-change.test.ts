/** A running platform follows its network's `connection.json`: peers that move, certificates that change, files that are damaged. */
import assert from 'node:assert/strict';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { FabricConnection } from '../../src/blockchain/fabric/connection.ts';
import { openNetwork, type OpenNetwork } from '../../src/blockchain/fabric/open-network.ts';
import { issueUserCertificate, MSP_IDS } from '../../src/blockchain/identity/certificate-authority.ts';
import { LedgerUnavailable } from '../../src/blockchain/ledger.port.ts';
import { CHAINCODE } from '../support/gateway-stand-in/chain.ts';
import { StandIn, TEST_LIMITS } from '../support/gateway-stand-in/stand-in.ts';
import { CLERK, toy } from '../support/ledger-under-test.ts';
import { TEST_CHANNEL } from '../support/test-ledger.ts';
import { ToyContract } from '../support/toy-contract.ts';
import { until } from '../support/start-run.ts';

const NOWHERE = 'http://127.0.0.1:9';

interface Subject {
  readonly standIn: StandIn;
  readonly network: OpenNetwork;
  readonly file: string;
  readonly connection: FabricConnection;
  readonly log: string[];
}

/** A network's folder with certificates and description, and the adapter on it. */
async function openSubject(t: TestContext, proposeMs = 20_000): Promise<Subject> {
  const standIn = await StandIn.start([ToyContract]);
  const opened: OpenNetwork[] = [];
  t.after(async () => {
    for (const { ledger } of opened) await ledger.close();
    await standIn.close();
  });
  const folder = join(standIn.folder, 'network');
  await mkdir(folder);
  const connection = await writeNetwork(standIn, folder);
  const file = join(folder, 'connection.json');
  await put(file, JSON.stringify(connection));
  const log: string[] = [];
  const note = (_fields: object, message: string): void => void log.push(message);
  const network = await openNetwork({
    connectionFile: file,
    channel: TEST_CHANNEL,
    dataDir: standIn.folder,
    processName: 'web',
    limits: { ...TEST_LIMITS, proposeMs },
    log: { info: note, warn: () => undefined, error: note },
    revoke: () => Promise.resolve(),
  });
  opened.push(network);
  return { standIn, network, file, connection, log };
}

async function writeNetwork(standIn: StandIn, folder: string): Promise<FabricConnection> {
  const write = async (name: string, text: string): Promise<string> => {
    await put(join(folder, name), text);
    return name;
  };
  const tlsRootPem = await write('tls.pem', standIn.peers[0]?.endpoint.tlsRoot ?? '');
  const organisations = MSP_IDS.map(async (mspId) => {
    const { certificate, privateKey } = standIn.authorities.of(mspId);
    const name = mspId.replace('MSP', '').toLowerCase();
    const [keyPath, certPath] = [
      await write(`${name}.key`, privateKey),
      await write(`${name}.pem`, certificate),
    ];
    return {
      ...{
        mspId,
        name,
        caKeyPath: keyPath,
        caCertPath: certPath,
        adminKeyPath: keyPath,
        adminCertPath: certPath,
      },
      peers: [
        {
          name: `${name}-peer0`,
          endpoint: endpointOf(standIn, 0),
          tlsRootPem,
          operationsUrl: NOWHERE,
          chaincodeEndpoint: '127.0.0.1:9',
          chaincodeOperationsUrl: NOWHERE,
        },
      ],
    };
  });
  const request = { commonName: 'reader', attributes: {} };
  const reader = await issueUserCertificate(standIn.authorities.of('ProvinceMSP'), request);
  const orderer = {
    name: 'orderer0',
    endpoint: '127.0.0.1:9',
    tlsRootPem,
    operationsUrl: NOWHERE,
  };
  return {
    channel: TEST_CHANNEL,
    chaincode: CHAINCODE,
    consensus: 'raft',
    organisations: await Promise.all(organisations),
    orderers: [orderer],
    reader: {
      mspId: 'ProvinceMSP',
      keyPath: await write('reader.key', reader.privateKey),
      certPath: await write('reader.pem', reader.certificate),
    },
  };
}

function endpointOf(standIn: StandIn, index: number): string {
  const endpoint = standIn.peers[index]?.endpoint.endpoint;
  assert.ok(endpoint);
  return endpoint;
}

/** As the network's own commands write: a reader sees the old file or the new one. */
async function put(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

/** The same network with every peer at one address. */
function movedTo(connection: FabricConnection, endpoint: string): FabricConnection {
  const organisations = connection.organisations.map((one) => ({
    ...one,
    peers: one.peers.map((peer) => ({ ...peer, endpoint })),
  }));
  return { ...connection, organisations };
}

const changes = (log: readonly string[]): number =>
  log.filter((line) => line === 'the network changed').length;

test('peers that move are followed, by calls and by the stream of blocks', async (t) => {
  const { standIn, network, file, connection, log } = await openSubject(t);
  const clerk = await standIn.authorities.identity(CLERK);
  const { ledger } = network;
  const { blockNumber } = await ledger.submit(toy('put', 'a', '1'), clerk);
  const stop = new AbortController();
  const seen: number[] = [];
  const reading = (async () => {
    for await (const { number } of ledger.blocks(blockNumber, stop.signal)) seen.push(number);
  })();
  await until('the first block', () => seen.includes(blockNumber));
  const endpoint = endpointOf(standIn, 1);
  await put(file, JSON.stringify(movedTo(connection, endpoint)));
  await until('the change', () => changes(log) === 1);
  standIn.peers[0]?.stop();
  assert.equal(network.connection.organisations[0]?.peers[0]?.endpoint, endpoint);
  const later = await ledger.submit(toy('put', 'a', '2'), clerk);
  assert.equal(await ledger.evaluate(toy('get', 'a'), clerk), '2');
  await until('the next block', () => seen.includes(later.blockNumber));
  stop.abort();
  await reading;
  assert.deepEqual(
    seen,
    [...new Set(seen)].sort((a, b) => a - b),
    'each block once, in order',
  );
});

test('a certificate that changes under the same name is followed', async (t) => {
  const { standIn, network, file, log } = await openSubject(t, 2000);
  const clerk = await standIn.authorities.identity(CLERK);
  await until('a first answer', () =>
    network.ledger.submit(toy('put', 'a', '1'), clerk).then(
      () => true,
      () => false,
    ),
  );
  const pem = join(dirname(file), 'tls.pem');
  const before = standIn.peers[0]?.endpoint.tlsRoot ?? '';
  await put(pem, standIn.authorities.of('BankMSP').certificate);
  await until('the wrong root', () => changes(log) === 1);
  await assert.rejects(network.ledger.evaluate(toy('get', 'a'), clerk), LedgerUnavailable);
  await put(pem, before);
  await until('the right root', () => changes(log) === 2);
  const value = (): Promise<string> => network.ledger.evaluate(toy('get', 'a'), clerk).catch(() => '');
  await until('an answer', async () => (await value()) === '1');
});

test('a damaged description changes nothing and is told once', async (t) => {
  const { standIn, network, file, connection, log } = await openSubject(t);
  const clerk = await standIn.authorities.identity(CLERK);
  await put(file, '{');
  await until('the complaint', () => log.length > 0);
  await network.ledger.submit(toy('put', 'a', '1'), clerk);
  await put(file, JSON.stringify(movedTo(connection, endpointOf(standIn, 2))));
  await until('the change', () => changes(log) === 1);
  assert.deepEqual(log, [
    'the description of the network cannot be read; the last one stays',
    'the network changed',
  ]);
});

test('a reader that is renewed in two files is adopted once both belong together', async (t) => {
  const { standIn, network, file, log } = await openSubject(t);
  const request = { commonName: 'reader', attributes: {} };
  const renewed = await issueUserCertificate(standIn.authorities.of('ProvinceMSP'), request);
  await put(join(dirname(file), 'reader.pem'), renewed.certificate);
  await until('the complaint', () => log.length > 0);
  assert.equal(changes(log), 0, 'a certificate without its key is not adopted');
  await put(join(dirname(file), 'reader.key'), renewed.privateKey);
  await until('the change', () => changes(log) === 1);
  assert.ok((await network.ledger.info()).height > 0, 'what it signs is believed');
});
