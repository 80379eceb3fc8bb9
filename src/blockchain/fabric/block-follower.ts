/** The stream of blocks from one peer after another: in order, each once, for ever; a damaged block is never handed on. */
import type { CloseableAsyncIterable } from '@hyperledger/fabric-gateway';
import type { common } from '@hyperledger/fabric-protos';
import type { LedgerBlock, LedgerIdentity } from '../ledger.port.ts';
import type { FabricLog, Pacing } from './attempts.ts';
import { decodeFabricBlock } from './block.decoder.ts';
import { DamagedBlock, verifyBlock } from './block-hash.ts';
import type { Gateways } from './gateways.ts';
import type { Peer, Peers } from './peers.ts';

const FIRST_PAUSE_MS = 100;
const LAST_PAUSE_MS = 10_000;
const REST_MS = 5000;
const DAMAGED_REST_MS = 600_000;
const NOT_FOUND = /Unexpected status response: 404/;

/** What following works with. */
export interface BlockFollowerDeps {
  readonly channel: string;
  readonly chaincode: string;
  readonly peers: Peers;
  readonly gateways: Gateways;
  readonly reader: () => LedgerIdentity;
  readonly pacing: Pacing;
  readonly log: FabricLog;
  /** Number of blocks of the channel. */
  readonly height: () => Promise<number>;
}

/** Where a reader of blocks stands. */
interface Reading {
  next: number;
  /** Hash of block `next - 1` as it was read; absent at the start. */
  previousHash?: string;
  failures: number;
  /** A peer that does not have block `next` yet is read from here; what lies before `next` is passed over. */
  start: number;
}

/** Blocks from number `from` on, until the signal aborts; outages are waited out with growing pauses. */
export async function* followBlocks(
  deps: BlockFollowerDeps,
  from: number,
  signal: AbortSignal,
): AsyncGenerator<LedgerBlock> {
  const reading: Reading = { next: from, failures: 0, start: from };
  // A call, since the compiler believes that a signal cannot change during an await.
  const ended = (): boolean => signal.aborted;
  while (!ended()) {
    const peer = deps.peers.next();
    try {
      yield* readStream(deps, { peer, reading, signal });
      if (ended()) return;
      throw new Error('the peer ended the stream');
    } catch (error) {
      if (ended()) return;
      await recover(deps, { peer, reading, signal, error });
    }
  }
}

async function* readStream(
  deps: BlockFollowerDeps,
  { peer, reading, signal }: { peer: Peer; reading: Reading; signal: AbortSignal },
): AsyncGenerator<LedgerBlock> {
  const network = deps.gateways.at(peer, deps.reader()).getNetwork(deps.channel);
  const events = await network.getBlockEvents({ startBlock: BigInt(reading.start) });
  const close = (): void => events.close();
  const ending = AbortSignal.any([signal, peer.left]);
  ending.addEventListener('abort', close, { once: true });
  try {
    for await (const block of rawBlocks(events, ending)) {
      if ((block.getHeader()?.getNumber() ?? 0) < reading.next) continue;
      verifyBlock(block, reading.previousHash);
      const decoded = decodeFabricBlock(block, deps.chaincode);
      advance(reading, decoded);
      yield decoded;
    }
  } finally {
    ending.removeEventListener('abort', close);
    close();
  }
}

/** The first block is asked for before anything else: until then nobody hears when the stream fails or is closed. */
async function* rawBlocks(
  events: CloseableAsyncIterable<common.Block>,
  signal: AbortSignal,
): AsyncGenerator<common.Block> {
  const iterator = events[Symbol.asyncIterator]();
  for (;;) {
    const coming = iterator.next();
    if (signal.aborted) events.close();
    const block = await coming;
    if (block.done) return;
    yield block.value;
  }
}

function advance(reading: Reading, { number, hash }: LedgerBlock): void {
  if (number !== reading.next) throw new DamagedBlock(`block ${number} came in place of ${reading.next}`);
  reading.next = number + 1;
  reading.start = reading.next;
  reading.previousHash = hash;
  reading.failures = 0;
}

async function recover(
  deps: BlockFollowerDeps,
  state: {
    readonly peer: Peer;
    readonly reading: Reading;
    readonly signal: AbortSignal;
    readonly error: unknown;
  },
): Promise<void> {
  const { peer, reading, signal, error } = state;
  const fields = { peer: peer.name, block: reading.next, failures: reading.failures };
  reading.failures++;
  if (error instanceof DamagedBlock) {
    deps.log.error({ ...fields, err: error }, 'a peer served a damaged block');
    deps.peers.rest(peer, DAMAGED_REST_MS);
  } else if (error instanceof Error && NOT_FOUND.test(error.message)) {
    deps.log.info(fields, 'the peer does not have the block yet');
    const height = await deps.height().catch(() => reading.start);
    reading.start = Math.min(reading.next, Math.max(0, height - 1));
    deps.peers.rest(peer, REST_MS);
  } else {
    deps.log.warn({ ...fields, err: error }, 'the stream of blocks was cut; connecting again');
    deps.peers.rest(peer, REST_MS);
  }
  const most = Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(reading.failures - 1, 10));
  await deps.pacing.wait(most * (0.5 + deps.pacing.random() / 2), signal);
}
