/** A key's past values, found through the history index and read from the blocks. */
import type { Iterators } from 'fabric-shim-api';
import type { BlockFile } from './block-file.ts';
import { decodeBlock, type Block } from './block.codec.ts';
import { toTimestamp } from './embedded-stub.ts';
import { decodeProposal, transactionIdOf } from './proposal.codec.ts';
import type { StateView } from './simulation.ts';
import { decodeBody } from './transaction.codec.ts';

/** Every valid write of the key, newest first, as Fabric gives them. */
export async function readHistory(
  key: string,
  view: StateView,
  blocks: BlockFile,
): Promise<Iterators.KeyModification[]> {
  const rows: Iterators.KeyModification[] = [];
  let block: Block | null = null;
  for (const [number, index] of await view.store.history(key, view.snapshot)) {
    if (block?.header.number !== number) {
      const place = view.store.block(number);
      block = place && decodeBlock(await blocks.read(place));
    }
    const entry = block?.entries[index];
    if (entry) rows.push(modification(key, entry.body));
  }
  return rows;
}

function modification(key: string, bytes: Buffer): Iterators.KeyModification {
  const body = decodeBody(bytes);
  const proposal = decodeProposal(body.proposal);
  const value = body.writes.find((write) => write.key === key)?.value ?? null;
  return {
    isDelete: value === null,
    value: value ?? Buffer.alloc(0),
    timestamp: toTimestamp(proposal.timestampMs),
    txId: transactionIdOf(proposal.nonce, proposal.creator),
  };
}
