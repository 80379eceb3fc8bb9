/** Looks at a network's nodes over their operations ports and TLS endpoints; nothing has to run beside them. */
import { readFile } from 'node:fs/promises';
import { connect } from 'node:tls';
import type { LedgerNode, NodeWatch } from '../nodes.port.ts';
import type { FabricConnection } from './connection.ts';

const PATIENCE_MS = 1500;
const FRESH_MS = 2000;

/** What is asked of one node. */
interface NodePlace {
  readonly name: string;
  readonly kind: LedgerNode['kind'];
  readonly mspId: string;
  readonly endpoint: string;
  readonly tlsRootPem: string;
  readonly operationsUrl: string;
  readonly chaincodeOperationsUrl: string | null;
}

/** A node with the leader it names, before all are compared. */
interface Look extends Omit<LedgerNode, 'lag' | 'leader'> {
  readonly isRaftLeader: boolean;
  /** Number of the leader among the orderers, from 1, as a Byzantine-tolerant node sees it; 0 = none. */
  readonly bftLeader: number;
}

/** Makes a watch that asks each node at most every two seconds. @param connection the network as it is described now */
export function createNodeWatch(connection: () => FabricConnection, now: () => number = Date.now): NodeWatch {
  let seen: { readonly at: number; readonly nodes: Promise<readonly LedgerNode[]> } | null = null;
  return {
    nodes: () => {
      if (seen === null || now() - seen.at > FRESH_MS) seen = { at: now(), nodes: lookAtAll(connection()) };
      return seen.nodes;
    },
  };
}

async function lookAtAll(connection: FabricConnection): Promise<readonly LedgerNode[]> {
  const looks = await Promise.all(placesOf(connection).map((place) => lookAt(place, connection.channel)));
  const highest = Math.max(0, ...looks.map(({ height }) => height ?? 0));
  const leader = leaderOf(connection, looks);
  return looks.map(({ isRaftLeader: _raft, bftLeader: _bft, ...node }) => ({
    ...node,
    lag: node.height === null ? null : highest - node.height,
    leader: node.name === leader,
  }));
}

function placesOf({ organisations, orderers }: FabricConnection): NodePlace[] {
  const peers = organisations.flatMap(({ mspId, peers: own }) =>
    own.map((peer) => ({ ...peer, kind: 'peer' as const, mspId })),
  );
  const ordering = orderers.map((one) => ({
    ...one,
    kind: 'orderer' as const,
    mspId: '',
    chaincodeOperationsUrl: null,
  }));
  return [...peers, ...ordering];
}

/** With Raft the node that says so; else the one that most nodes name, since a node that caught up names an old one. */
function leaderOf({ orderers }: FabricConnection, looks: readonly Look[]): string | null {
  const raft = looks.find(({ isRaftLeader }) => isRaftLeader);
  const votes = new Map<number, number>();
  for (const { bftLeader } of looks) votes.set(bftLeader, (votes.get(bftLeader) ?? 0) + 1);
  votes.delete(0);
  const [most] = [...votes].sort(([, left], [, right]) => right - left);
  return most ? (orderers[most[0] - 1]?.name ?? null) : (raft?.name ?? null);
}

async function lookAt(place: NodePlace, channel: string): Promise<Look> {
  const { name, kind, mspId, operationsUrl, chaincodeOperationsUrl } = place;
  const [health, version, metrics, certificateEnds, contracts] = await Promise.all([
    ask(`${operationsUrl}/healthz`),
    ask(`${operationsUrl}/version`),
    ask(`${operationsUrl}/metrics`),
    certificateEnd(place),
    chaincodeOperationsUrl === null ? null : ask(`${chaincodeOperationsUrl}/healthz`),
  ]);
  const figure = (metric: string): number | null => readFigure(metrics.text, metric, channel);
  return {
    name,
    kind,
    mspId,
    healthy: health.ok,
    height: figure('ledger_blockchain_height'),
    version: /"Version":\s*"([^"]+)"/.exec(version.text)?.[1] ?? '',
    certificateEnds,
    contracts: contracts === null ? null : contracts.ok,
    isRaftLeader: figure('consensus_etcdraft_is_leader') === 1,
    bftLeader: figure('consensus_BFT_leader_id') ?? 0,
  };
}

/** A figure of the channel in Prometheus' text form, null when it is not there. */
export function readFigure(text: string, metric: string, channel: string): number | null {
  const start = `${metric}{channel="${channel}"} `;
  const line = text.split('\n').find((one) => one.startsWith(start));
  return line === undefined ? null : Number(line.slice(start.length));
}

async function ask(url: string): Promise<{ readonly ok: boolean; readonly text: string }> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
    return { ok: response.ok, text: response.ok ? await response.text() : '' };
  } catch {
    return { ok: false, text: '' };
  }
}

async function certificateEnd({ endpoint, tlsRootPem }: NodePlace): Promise<Date | null> {
  const colon = endpoint.lastIndexOf(':');
  const host = endpoint.slice(0, colon);
  const ca = await readFile(tlsRootPem, 'utf8').catch(() => '');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(endpoint.slice(colon + 1)), ca, ALPNProtocols: ['h2'] });
    const end = (date: Date | null): void => {
      socket.destroy();
      resolve(date);
    };
    socket.setTimeout(PATIENCE_MS, () => end(null));
    socket.once('error', () => end(null));
    socket.once('secureConnect', () => end(new Date(socket.getPeerCertificate().valid_to)));
  });
}
