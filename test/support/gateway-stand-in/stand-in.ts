/** A gateway stand-in: real gRPC over TLS with the services of a Fabric network's peers, over the embedded ledger. */
import { rm, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { gateway, peer } from '@hyperledger/fabric-protos';
import type { ContractClass } from '../../../src/blockchain/embedded/dispatcher.ts';
import {
  openFabricLedger,
  type FabricLedger,
  type FabricLedgerOptions,
} from '../../../src/blockchain/fabric/fabric-ledger.ts';
import type { PeerEndpoint } from '../../../src/blockchain/fabric/peers.ts';
import type { LedgerIdentity } from '../../../src/blockchain/ledger.port.ts';
import { TEST_CHANNEL, TestAuthorities } from '../test-ledger.ts';
import { CHAINCODE, StandInChain } from './chain.ts';
import { deliverService, gatewayService, type ServiceContext } from './services.ts';
import { Switches } from './switches.ts';
import { newServerCertificate } from './tls.ts';

const ORGANISATIONS = ['ProvinceMSP', 'CountyMSP', 'BankMSP'] as const;

/** Bounds that keep tests short. */
export const TEST_LIMITS = {
  evaluateMs: 5000,
  endorseMs: 5000,
  submitMs: 5000,
  statusMs: 5000,
  proposeMs: 10_000,
  settleMs: 20_000,
  maxInFlight: 400,
} as const;

/** One peer of the stand-in. */
export interface StandInPeer {
  readonly endpoint: PeerEndpoint;
  /** Ends every connection and refuses new ones, as `kill -9` does. */
  stop(): void;
  /** Answers again on the same port. */
  start(): Promise<void>;
}

/** A network that a test starts, breaks and stops. */
export class StandIn {
  readonly switches = new Switches();
  readonly authorities: TestAuthorities;
  readonly folder: string;
  readonly peers: StandInPeer[] = [];
  readonly #contracts: readonly ContractClass[];
  readonly #streams = new Set<AbortController>();
  readonly #revoked: string[] = [];
  #chain: StandInChain;
  #reader: LedgerIdentity;
  #journals = 0;

  private constructor(parts: {
    folder: string;
    authorities: TestAuthorities;
    contracts: readonly ContractClass[];
    reader: LedgerIdentity;
  }) {
    this.folder = parts.folder;
    this.authorities = parts.authorities;
    this.#contracts = parts.contracts;
    this.#reader = parts.reader;
    this.#chain = null as unknown as StandInChain;
  }

  static async start(contracts: readonly ContractClass[]): Promise<StandIn> {
    const folder = await mkdtemp('/tmp/stand-in-');
    const authorities = await TestAuthorities.create();
    const reader = await authorities.identity({ mspId: 'ProvinceMSP', cn: 'reader', attributes: {} });
    const standIn = new StandIn({ folder, authorities, contracts, reader });
    await standIn.#open();
    await standIn.#listen();
    return standIn;
  }

  get chain(): StandInChain {
    return this.#chain;
  }

  get reader(): LedgerIdentity {
    return this.#reader;
  }

  /** The adapter over this network. @param journal its file; a new one when absent */
  connect(options: Partial<FabricLedgerOptions> = {}): Promise<FabricLedger> {
    return openFabricLedger({
      channel: TEST_CHANNEL,
      chaincode: CHAINCODE,
      peers: this.peers.map(({ endpoint }) => endpoint),
      mspRoots: this.authorities.roots,
      reader: this.#reader,
      limits: TEST_LIMITS,
      journal: this.journal(),
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      revoke: (serial) => this.revoke(serial),
      ...options,
    });
  }

  /** A file for transactions under way. */
  journal(): string {
    this.#journals++;
    return join(this.folder, `journal-${this.#journals}`);
  }

  revoke(serial: string): Promise<void> {
    this.#revoked.push(serial);
    this.#chain.membership.revoke(serial);
    return Promise.resolve();
  }

  /** Ends every open stream of blocks and events. */
  cutStreams(): void {
    for (const stream of [...this.#streams]) stream.abort();
  }

  /** Closes the chain and opens it again on the same files. */
  async restart(): Promise<void> {
    this.cutStreams();
    await this.#chain.close();
    await this.#open();
  }

  async close(): Promise<void> {
    this.cutStreams();
    for (const one of this.peers) one.stop();
    await this.#chain.close();
    await this.#endLateConnections();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** A connection whose handshake was under way when its server stopped opens afterwards, and would keep the process. */
  async #endLateConnections(): Promise<void> {
    for (let turn = 0; turn < 25 && process.getActiveResourcesInfo().includes('TCPSocketWrap'); turn++) {
      await delay(20);
      for (const one of this.peers) one.stop();
    }
  }

  async #open(): Promise<void> {
    this.#chain = await StandInChain.open(
      {
        folder: join(this.folder, 'chain'),
        channel: TEST_CHANNEL,
        contracts: this.#contracts,
        mspRoots: this.authorities.roots,
        switches: this.switches,
      },
      this.#revoked,
    );
  }

  async #listen(): Promise<void> {
    const tls = await newServerCertificate();
    const names = ORGANISATIONS.map((mspId) => `${mspId.replace('MSP', '').toLowerCase()}-peer0`);
    const endorsers = await Promise.all(
      ORGANISATIONS.map((mspId, index) =>
        this.authorities.identity({ mspId, cn: names[index]!, attributes: {} }),
      ),
    );
    for (const [index, mspId] of ORGANISATIONS.entries()) {
      const context: ServiceContext = {
        chain: () => this.#chain,
        name: names[index]!,
        switches: this.switches,
        endorsers,
        streams: this.#streams,
      };
      this.peers.push(await startPeer(context, mspId, tls));
    }
  }
}

async function startPeer(
  context: ServiceContext,
  mspId: string,
  tls: { readonly certificate: string; readonly key: string },
): Promise<StandInPeer> {
  let server = newServer(context);
  const servers = [server];
  const credentials = ServerCredentials.createSsl(null, [
    { cert_chain: Buffer.from(tls.certificate), private_key: Buffer.from(tls.key) },
  ]);
  const bind = (port: number): Promise<number> =>
    new Promise((resolve, reject) =>
      server.bindAsync(`127.0.0.1:${port}`, credentials, (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
  const port = await bind(0);
  return {
    endpoint: { name: context.name, mspId, endpoint: `localhost:${port}`, tlsRoot: tls.certificate },
    stop: () => {
      for (const one of servers) one.forceShutdown();
    },
    start: async () => {
      server = newServer(context);
      servers.push(server);
      await bind(port);
    },
  };
}

function newServer(context: ServiceContext): Server {
  const server = new Server();
  server.addService(gateway.GatewayService, gatewayService(context));
  server.addService(peer.DeliverService, deliverService(context));
  return server;
}
