/** The nodes of a ledger that has several: what the chain pages show of their state. */

/** One node as it was seen last. */
export interface LedgerNode {
  readonly name: string;
  readonly kind: 'peer' | 'orderer';
  /** MSP of its organisation; '' for a node of the ordering service. */
  readonly mspId: string;
  /** False when it does not answer, or says itself that a part of it fails. */
  readonly healthy: boolean;
  /** Number of blocks it has; null when it does not say. */
  readonly height: number | null;
  /** Blocks behind the highest node; null when unknown. */
  readonly lag: number | null;
  /** True for the node that leads ordering. */
  readonly leader: boolean;
  /** '' when it does not answer. */
  readonly version: string;
  /** End of its TLS certificate; null when it does not answer. */
  readonly certificateEnds: Date | null;
  /** State of a peer's contract process; null for orderers. */
  readonly contracts: boolean | null;
}

/** How this process' own calls of the nodes go. */
export interface CallFigures {
  /** Transactions under way now. */
  readonly inFlight: number;
  /** Failed calls since the start, by the row of the retry table that they met. */
  readonly failures: Readonly<Record<string, number>>;
}

/** Looks at the nodes, and at the calls that this process makes of them. */
export interface NetworkWatch extends NodeWatch {
  calls(): CallFigures;
}

/** Looks at the nodes. */
export interface NodeWatch {
  /** Every node, also those that do not answer; a look is at most some seconds old. */
  nodes(): Promise<readonly LedgerNode[]>;
}
