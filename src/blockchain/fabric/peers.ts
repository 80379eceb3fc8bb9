/** The network's peers: one gRPC client per endpoint as long as it stays, and which of them is asked next. */
import { Client, credentials } from '@grpc/grpc-js';

/** Where a peer's gateway answers. */
export interface PeerEndpoint {
  /** Unique in the network. */
  readonly name: string;
  readonly mspId: string;
  /** `host:port`. */
  readonly endpoint: string;
  /** PEM of the root that issued the peer's TLS certificate. */
  readonly tlsRoot: string;
}

/** A peer and the one connection to it. */
export interface Peer extends PeerEndpoint {
  readonly client: Client;
  /** Aborted when the network's description names this peer no longer, or another address or certificate of it. */
  readonly left: AbortSignal;
}

const RECONNECT = {
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 800,
  'grpc.max_receive_message_length': 128 * 1024 * 1024,
  'grpc.keepalive_time_ms': 60_000,
  'grpc.keepalive_timeout_ms': 10_000,
} as const;

/**
 * Chooses among the peers: always the first one of the network's description that has not just failed. All callers of all
 * processes ask the same peer, so that whoever was told that a block is there finds it there at his next call.
 */
export class Peers {
  #peers: readonly Peer[] = [];
  readonly #leave = new Map<Peer, AbortController>();
  readonly #restingUntil = new Map<string, number>();
  readonly #now: () => number;

  constructor(endpoints: readonly PeerEndpoint[], now: () => number = Date.now) {
    this.#now = now;
    this.replace(endpoints);
  }

  /** Takes a new list: peers that are the same stay connected, the others leave. @throws RangeError for an empty one */
  replace(endpoints: readonly PeerEndpoint[]): void {
    if (endpoints.length === 0) throw new RangeError('a network has at least one peer');
    const before = this.#peers;
    this.#peers = endpoints.map((one) => before.find((peer) => isSame(peer, one)) ?? this.#connect(one));
    for (const peer of before.filter((one) => !this.#peers.includes(one))) {
      this.#restingUntil.delete(peer.name);
      this.#leave.get(peer)?.abort();
      this.#leave.delete(peer);
      // Calls that are under way end by themselves.
      peer.client.close();
    }
  }

  get all(): readonly Peer[] {
    return this.#peers;
  }

  /**
   * The peer to ask.
   * @param tried names of peers that have failed this very call; they come last
   */
  next(tried: ReadonlySet<string> = new Set()): Peer {
    const now = this.#now();
    const burden = (peer: Peer): number =>
      (tried.has(peer.name) ? 2 : 0) + ((this.#restingUntil.get(peer.name) ?? 0) > now ? 1 : 0);
    const [first] = [...this.#peers].sort((left, right) => burden(left) - burden(right));
    if (first === undefined) throw new RangeError('a network has at least one peer');
    return first;
  }

  /** Other peers are preferred for a while. @param ms how long */
  rest(peer: Peer, ms: number): void {
    if (!peer.left.aborted) this.#restingUntil.set(peer.name, this.#now() + ms);
  }

  /** A peer has answered again. */
  praise(peer: Peer): void {
    this.#restingUntil.delete(peer.name);
  }

  close(): void {
    for (const peer of this.#peers) peer.client.close();
  }

  #connect(endpoint: PeerEndpoint): Peer {
    const leave = new AbortController();
    const root = Buffer.from(endpoint.tlsRoot);
    const client = new Client(endpoint.endpoint, credentials.createSsl(root), RECONNECT);
    const peer: Peer = { ...endpoint, client, left: leave.signal };
    this.#leave.set(peer, leave);
    return peer;
  }
}

function isSame(peer: Peer, { name, mspId, endpoint, tlsRoot }: PeerEndpoint): boolean {
  return peer.name === name && peer.mspId === mspId && peer.endpoint === endpoint && peer.tlsRoot === tlsRoot;
}
