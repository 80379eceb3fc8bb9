/** The Ledger port: the one interface through which the platform writes to and reads from a ledger channel. */

/** One call of a named contract's transaction function. Arguments are JSON strings, as the contracts take them. */
export interface LedgerCall {
  readonly contract: string;
  readonly fn: string;
  readonly args: readonly string[];
}

/** Who calls: an X.509 certificate and the means to sign with its key. */
export interface LedgerIdentity {
  readonly mspId: string;
  /** PEM of the caller's certificate. */
  readonly certificate: string;
  /**
   * Signs a message with ECDSA P-256 over SHA-256.
   * @param message the exact bytes that are signed
   * @returns the signature, DER
   */
  sign(message: Uint8Array): Promise<Uint8Array> | Uint8Array;
}

/** A transaction that is in a block and valid. */
export interface Committed {
  readonly transactionId: string;
  readonly blockNumber: number;
  /** What the transaction function returned: a JSON string, '' when it returned nothing. */
  readonly result: string;
}

/** Validation codes a committed transaction may carry; names as in Fabric. */
export type ValidationCode =
  | 'VALID'
  | 'MVCC_READ_CONFLICT'
  | 'PHANTOM_READ_CONFLICT'
  | 'DUPLICATE_TXID'
  | 'BAD_SIGNATURE'
  | 'ENDORSEMENT_POLICY_FAILURE'
  /** Any other code of a Fabric peer: the transaction changed nothing. */
  | 'INVALID';

/** Where a transaction stands. `unknown` = this ledger has never committed it. */
export interface TransactionStatus {
  readonly transactionId: string;
  readonly state: 'unknown' | 'committed';
  readonly code?: ValidationCode;
  readonly blockNumber?: number;
}

/** One key written by a transaction; `value` null means deleted. Composite keys as Fabric encodes them. */
export interface LedgerWrite {
  readonly key: string;
  readonly value: string | null;
}

/** One read: the key and the version (block, transaction index) seen, null when absent. */
export interface LedgerRead {
  readonly key: string;
  readonly version: readonly [block: number, tx: number] | null;
}

/** The one event a transaction may set. `payload` is a JSON string. */
export interface LedgerEvent {
  readonly name: string;
  readonly payload: string;
}

/** A transaction as it stands in a block, valid or not. */
export interface LedgerTransaction {
  readonly transactionId: string;
  readonly code: ValidationCode;
  readonly contract: string;
  readonly fn: string;
  readonly args: readonly string[];
  readonly creator: { readonly mspId: string; readonly certificate: string };
  /** The client's clock, ms since epoch, UTC: recorded, decides nothing. */
  readonly timestampMs: number;
  readonly result: string;
  readonly reads: readonly LedgerRead[];
  readonly writes: readonly LedgerWrite[];
  readonly event: LedgerEvent | null;
  /** DER signature of the creator over the proposal, base64. On Fabric over the endorsed transaction. */
  readonly signature: string;
  /** The peers that vouched for reads and writes; absent on a ledger of one machine. */
  readonly endorsers?: readonly LedgerEndorser[];
}

/** One peer's endorsement of a transaction. */
export interface LedgerEndorser {
  readonly mspId: string;
  /** Common name in the peer's certificate. */
  readonly name: string;
}

/** The contract that a change of the channel itself is shown under; such a transaction has no contract of its own. */
export const CHANNEL_CONFIG = '_config';

/** A block. Hashes are lower-case hex SHA-256. */
export interface LedgerBlock {
  readonly number: number;
  readonly previousHash: string;
  /** Merkle root over the block's transactions. */
  readonly dataHash: string;
  readonly hash: string;
  /** When the ledger appended it, ms since epoch, UTC. */
  readonly timestampMs: number;
  readonly transactions: readonly LedgerTransaction[];
}

/** The state of the channel. */
export interface LedgerInfo {
  readonly channel: string;
  /** Number of blocks; the last block has number `height - 1`. */
  readonly height: number;
  readonly currentBlockHash: string;
  readonly kind: 'embedded' | 'fabric';
  /** Names of the contracts deployed on the channel. */
  readonly contracts: readonly string[];
}

/** A transaction's place in its block and the Merkle path that proves it, for the proof page. */
export interface TransactionProof {
  readonly block: Omit<LedgerBlock, 'transactions'>;
  readonly index: number;
  readonly leafHash: string;
  readonly path: readonly { readonly side: 'left' | 'right'; readonly hash: string }[];
  /** True when the path leads to the block's dataHash, the header hashes to its hash, and the signature verifies. */
  readonly verified: boolean;
  readonly transaction: LedgerTransaction;
}

/** One channel of one ledger. */
export interface Ledger {
  readonly channel: string;
  /**
   * Runs a transaction function and waits until its block is durable.
   * @throws LedgerRefusal the contract or an access rule refused; nothing was written
   * @throws LedgerConflict committed invalid (MVCC or phantom conflict, duplicate id); nothing was applied
   * @throws LedgerUnavailable nothing was applied; try again later
   * @throws LedgerUnknownOutcome may have been applied: ask `transactionStatus` for the same id
   */
  submit(call: LedgerCall, identity: LedgerIdentity): Promise<Committed>;
  /**
   * Runs a query against committed state; writes nothing.
   * @throws LedgerRefusal | LedgerUnavailable
   */
  evaluate(call: LedgerCall, identity: LedgerIdentity): Promise<string>;
  transactionStatus(transactionId: string): Promise<TransactionStatus>;
  /** Blocks in order from number `from`, then new ones as they come, until `signal` aborts. */
  blocks(from: number, signal: AbortSignal): AsyncIterable<LedgerBlock>;
  /** One block, or null when the height is not reached. */
  block(number: number): Promise<LedgerBlock | null>;
  /** A transaction with its proof, or null when unknown. */
  transaction(transactionId: string): Promise<TransactionProof | null>;
  info(): Promise<LedgerInfo>;
  close(): Promise<void>;
}

/** The contract, or the channel's access rules, refused the call; nothing was written. */
export class LedgerRefusal extends Error {
  override readonly name = 'LedgerRefusal';
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;
  constructor(code: string, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** The transaction is in a block but invalid; nothing was applied. A conflict may be retried as a new transaction. */
export class LedgerConflict extends Error {
  override readonly name = 'LedgerConflict';
  readonly code: ValidationCode;
  readonly transactionId: string;
  constructor(code: ValidationCode, transactionId: string) {
    super(`transaction ${transactionId} was committed as ${code}`);
    this.code = code;
    this.transactionId = transactionId;
  }
}

/** The ledger could not be reached before anything was applied. */
export class LedgerUnavailable extends Error {
  override readonly name = 'LedgerUnavailable';
}

/** The transaction was handed over and its fate is not known; ask `transactionStatus` with this id. */
export class LedgerUnknownOutcome extends Error {
  override readonly name = 'LedgerUnknownOutcome';
  readonly transactionId: string;
  constructor(transactionId: string, cause?: unknown) {
    super(`the outcome of transaction ${transactionId} is unknown`, { cause });
    this.transactionId = transactionId;
  }
}
