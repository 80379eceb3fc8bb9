/** The proof that a transaction stands in its block: leaf, Merkle path, header hash and signature. */
import { X509Certificate, verify } from 'node:crypto';
import type { TransactionProof } from '../ledger.port.ts';
import { blockLeaves, decodeBlock, toBlockSummary } from './block.codec.ts';
import { merklePath, rootFromPath } from './merkle.ts';
import { decodeCreator, decodeProposal } from './proposal.codec.ts';
import { decodeBody, toLedgerTransaction } from './transaction.codec.ts';

/**
 * Proves a transaction from the bytes of its block alone.
 * @param index place of the transaction in the block
 * @throws RangeError when the block has no such transaction
 */
export function proveTransaction(blockBytes: Buffer, index: number): TransactionProof {
  const block = decodeBlock(blockBytes);
  const leaves = blockLeaves(block);
  const entry = block.entries[index];
  const leaf = leaves[index];
  if (!entry || !leaf) throw new RangeError(`block ${block.header.number} has no transaction ${index}`);
  const summary = toBlockSummary(block);
  const leafHash = leaf.toString('hex');
  const path = merklePath(leaves, index);
  return {
    block: summary,
    index,
    leafHash,
    path,
    verified: rootFromPath(leafHash, path) === summary.dataHash && isSignedByCreator(entry.body),
    transaction: toLedgerTransaction(entry.body, entry.code),
  };
}

/** True when the signature in a transaction's body is that of the certificate it names. */
export function isSignedByCreator(body: Buffer): boolean {
  try {
    const { proposal, signature } = decodeBody(body);
    const { certificate } = decodeCreator(decodeProposal(proposal).creator);
    return verify('sha256', proposal, new X509Certificate(certificate).publicKey, signature);
  } catch {
    return false;
  }
}
