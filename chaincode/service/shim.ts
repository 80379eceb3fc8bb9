/** The parts of fabric-shim that the service works with, made quiet and without work that every call would repeat. */
import { createRequire } from 'node:module';
import { holdState, readPeerBatches } from './state-batches.ts';
import type { HeldWrites, PeerBatches, StateStub } from './state-batches.ts';

const CERTIFICATES_KEPT = 10_000;
/** Type of ChaincodeMessage with which a peer ends the registration. */
const READY = 4;

/** What a call answers: 200 with a payload, 500 with a message. */
export interface Answer {
  readonly status: number;
  readonly payload?: Uint8Array;
  readonly message?: string;
}

/** The part of a call's stub that the service reads itself. */
export interface CallStub {
  getBufferArgs(): readonly Uint8Array[];
  getTxID(): string;
}

/** What the shim calls for every transaction. */
export interface ShimChaincode {
  Init(stub: CallStub): Promise<Answer>;
  Invoke(stub: CallStub): Promise<Answer>;
}

interface Transaction {
  readonly name: string;
  parameters?: readonly { readonly schema: { readonly type?: string } }[];
}

/** The shim's own dispatcher around contract classes. */
export interface ShimDispatcher extends ShimChaincode {
  readonly metadata: {
    readonly contracts: Record<string, { readonly transactions: readonly Transaction[] } | undefined>;
  };
}

/** A gRPC server to which peers connect. */
export interface ShimServer {
  start(): Promise<void>;
}

/** A contract class of fabric-contract-api. */
export type ContractClass = new () => object;

/** Takes one line that the shim wanted to log. @param source the shim's own file */
export type ShimLog = (source: string, text: string) => void;

type Level = (message: unknown) => void;

/** A message of the chaincode protocol as the shim holds it. */
interface ShimMessage {
  getType(): number;
  getPayload_asU8(): Uint8Array;
  setType(type: number): void;
  setPayload(payload: Uint8Array): void;
  setTxid(id: string): void;
  setChannelId(id: string): void;
}

/** The shim's end of one peer's stream. */
interface ShimHandler {
  readonly _stream: {
    on(event: 'data', listener: (message: ShimMessage) => void): void;
    off(event: 'data', listener: (message: ShimMessage) => void): void;
  };
  /** Ours: what the peer said when it was ready. */
  batches?: PeerBatches;
  chat: (first: unknown) => void;
  _askPeerAndListen(message: ShimMessage, method: string): Promise<Uint8Array>;
}

/** A call's stub with what the shim keeps in it. */
type ShimStub = CallStub & StateStub & { readonly handler?: ShimHandler; readonly channel_id: string };

const require = createRequire(import.meta.url);
const shimRequire = createRequire(require.resolve('fabric-shim'));
const protos = shimRequire('@hyperledger/fabric-protos') as {
  readonly peer: { readonly ChaincodeMessage: new () => ShimMessage };
};
let isPrepared = false;

/** @returns the shim's dispatcher around the classes */
export function newDispatcher(contracts: readonly ContractClass[], log: ShimLog): ShimDispatcher {
  quietLoggers(log);
  if (!isPrepared) {
    keepCertificates();
    listenForBatches();
    closeWithoutAsking();
    isPrepared = true;
  }
  const { JSONSerializer } = require('fabric-contract-api') as { JSONSerializer: unknown };
  const Dispatcher = shimRequire('./lib/contract-spi/chaincodefromcontract.js') as new (
    classes: ContractClass[],
    serializers: object,
    metadata: object,
    title: string,
    version: string,
  ) => ShimDispatcher;
  const serializers = { transaction: 'jsonSerializer', serializers: { jsonSerializer: JSONSerializer } };
  return new Dispatcher([...contracts], serializers, {}, 'contracts', '1');
}

/** @returns a server for peers that runs the chaincode under the package's id */
export function newServer(chaincode: ShimChaincode, at: { ccid: string; address: string }): ShimServer {
  const shim = require('fabric-shim') as {
    server(chaincode: ShimChaincode, options: object): ShimServer;
  };
  return shim.server(chaincode, {
    ...at,
    // A peer that vanished without a word is noticed, and its stream is given up.
    'grpc.keepalive_time_ms': 30_000,
    'grpc.keepalive_timeout_ms': 10_000,
  });
}

/** Holds the writes of a call until `flush`, where its peer takes several at a time. */
export function holdWrites(stub: CallStub): HeldWrites {
  const own = stub as ShimStub;
  const { handler } = own;
  if (handler?.batches === undefined) return { flush: () => Promise.resolve() };
  return holdState(own, handler.batches, (type, payload, method) => {
    const message = new protos.peer.ChaincodeMessage();
    message.setType(type);
    message.setPayload(payload);
    message.setTxid(own.getTxID());
    message.setChannelId(own.channel_id);
    return handler._askPeerAndListen(message, method);
  });
}

/** The shim passes over what a peer says with READY: how many keys it takes in one message. */
function listenForBatches(): void {
  const { ChaincodeMessageHandler } = shimRequire('./lib/handler.js') as {
    ChaincodeMessageHandler: { prototype: ShimHandler };
  };
  const { prototype } = ChaincodeMessageHandler;
  const original = prototype.chat;
  prototype.chat = function chat(this: ShimHandler, first: unknown): void {
    const hear = (message: ShimMessage): void => {
      if (message.getType() !== READY) return;
      this.batches = readPeerBatches(message.getPayload_asU8());
      this._stream.off('data', hear);
    };
    this._stream.on('data', hear);
    Reflect.apply(original, this, [first]);
  };
}

/** A range that came whole is closed at the peer already: the shim would ask once more. */
function closeWithoutAsking(): void {
  const { StateQueryIterator } = shimRequire('./lib/iterators.js') as {
    StateQueryIterator: {
      prototype: { response: { getHasMore(): boolean }; close: () => Promise<unknown> };
    };
  };
  const { prototype } = StateQueryIterator;
  const original: () => Promise<unknown> = prototype.close;
  prototype.close = function close(this: typeof prototype): Promise<unknown> {
    return this.response.getHasMore() ? Reflect.apply(original, this, []) : Promise.resolve();
  };
}

/** The shim's lines carry arguments and refusals, so amounts and names: only what it says of its streams goes on. */
function quietLoggers(log: ShimLog): void {
  const shim = shimRequire('./lib/logger.js') as { getLogger(name: string): Record<string, Level> };
  const api = shimRequire('fabric-contract-api/lib/logger.js') as typeof shim;
  const names = ['lib/handler.js', 'lib/server.js', 'lib/chaincode.js', 'lib/stub.js', 'lib/iterators.js'];
  const spi = ['contracts-spi/chaincodefromcontract.js', 'contracts-spi/datamarshall.js'];
  for (const name of [...names, ...spi]) silence(shim.getLogger(name), name, log);
  for (const name of ['./lib/contract.js', './lib/jsontransactionserializer.js'])
    silence(api.getLogger(name), name, log);
}

function silence(logger: Record<string, Level>, source: string, log: ShimLog): void {
  const nothing: Level = () => undefined;
  const warn: Level = (message) => {
    const text = String(message);
    if (/^(Chat stream|ChaincodeServer|Received unknown)/.test(text)) log(source, text);
  };
  Object.assign(logger, { debug: nothing, info: nothing, error: warn, warn, critical: warn });
}

/** The shim parses the caller's certificate anew for every call: parsed once it is the larger part of a small call. */
function keepCertificates(): void {
  const { Certificate } = shimRequire('@fidm/x509') as {
    Certificate: { fromPEM: (pem: string | Buffer) => object };
  };
  const original: (pem: string | Buffer) => object = Certificate.fromPEM;
  const kept = new Map<string, object>();
  Certificate.fromPEM = (pem) => {
    const key = pem.toString();
    const found = kept.get(key) ?? Reflect.apply(original, Certificate, [pem]);
    if (kept.size >= CERTIFICATES_KEPT) kept.clear();
    kept.set(key, found);
    return found;
  };
}
