/** What a test makes go wrong at the stand-in: errors of a phase, lost answers, lost transactions, codes, cut streams. */
import { Metadata, status, type ServiceError } from '@grpc/grpc-js';
import { gateway, google } from '@hyperledger/fabric-protos';
import type { Phase } from '../../../src/blockchain/fabric/failure.ts';

/** An error as a gateway gives it. */
export interface Fault {
  readonly code: status;
  readonly message: string;
  /** What the peers said. */
  readonly details?: readonly string[];
  /** Name of the peer whose gateway fails; any when absent. */
  readonly peer?: string;
}

/** The switches; each counts down by itself. */
export class Switches {
  readonly #faults: { readonly phase: Phase; readonly fault: Fault; left: number }[] = [];
  readonly #codes: number[] = [];
  /** Endorsements that are made and never answered. */
  dropAfterEndorse = 0;
  /** Transactions that are ordered and never answered. */
  dropAfterSubmit = 0;
  /** Transactions that are accepted and lost: the only orderer died. */
  loseSubmitted = 0;
  /** Statuses that come after every deadline. */
  lateStatus = 0;
  /** No orderer is there: nothing can be submitted. */
  leaderLost = false;
  /** Blocks that are served with one byte changed. */
  damagedBlocks = 0;

  /** The next calls of a phase fail. */
  fail(phase: Phase, fault: Fault, times = 1): void {
    this.#faults.push({ phase, fault, left: times });
  }

  /** The next calls of every phase meet a busy gateway. */
  tooManyRequests(phase: Phase, times = 1): void {
    this.fail(
      phase,
      {
        code: status.UNKNOWN,
        message: 'too many requests for /gateway.Gateway, exceeding concurrency limit (500)',
      },
      times,
    );
  }

  /** The next transaction is put into a block with this validation code and applies nothing. */
  commitAs(code: number): void {
    this.#codes.push(code);
  }

  /** @returns the fault of this call, null for none */
  take(phase: Phase, peer: string): Fault | null {
    const next = this.#faults.find(
      (one) =>
        one.phase === phase && one.left > 0 && (one.fault.peer === undefined || one.fault.peer === peer),
    );
    if (!next) return null;
    next.left--;
    return next.fault;
  }

  takeCode(): number | null {
    return this.#codes.shift() ?? null;
  }

  /** @returns whether it was set, and counts it down */
  use(
    name: 'dropAfterEndorse' | 'dropAfterSubmit' | 'loseSubmitted' | 'lateStatus' | 'damagedBlocks',
  ): boolean {
    if (this[name] <= 0) return false;
    this[name]--;
    return true;
  }
}

/** A gRPC error with the peers' words in its details. */
export class GatewayFault extends Error {
  readonly fault: Fault;
  constructor(fault: Fault) {
    super(fault.message);
    this.fault = fault;
  }
}

/** What the server hands to gRPC. */
export function serviceError(fault: Fault): Pick<ServiceError, 'code' | 'details' | 'metadata'> {
  const metadata = new Metadata();
  if (fault.details) {
    const rpcStatus = new google.rpc.Status();
    rpcStatus.setCode(fault.code);
    rpcStatus.setMessage(fault.message);
    for (const words of fault.details) addDetail(rpcStatus, words);
    metadata.set('grpc-status-details-bin', Buffer.from(rpcStatus.serializeBinary()));
  }
  return { code: fault.code, details: fault.message, metadata };
}

function addDetail(rpcStatus: google.rpc.Status, words: string): void {
  const error = new gateway.ErrorDetail();
  error.setAddress('localhost:1');
  error.setMspId('ProvinceMSP');
  error.setMessage(words);
  const any = rpcStatus.addDetails();
  any.setTypeUrl('type.googleapis.com/gateway.ErrorDetail');
  any.setValue(error.serializeBinary());
}
