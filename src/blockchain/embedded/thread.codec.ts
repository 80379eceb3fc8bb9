/** Batches between the ledger's main thread and its endorser threads, one transferred buffer each. */
import { LedgerRefusal, LedgerUnavailable } from '../ledger.port.ts';
import { ByteReader, ByteWriter } from './bytes.codec.ts';
import type { Endorsement, SignedBytes } from './endorser.ts';

const ENDORSED = 0;
const EVALUATED = 1;
const REFUSED = 2;
const FAILED = 3;

/** One proposal on its way to a thread; `id` joins the outcome to it. */
export interface Task extends SignedBytes {
  readonly id: number;
}

/** Proposals to simulate on a state with at least `height` blocks. */
export interface TaskBatch {
  readonly height: number;
  readonly tasks: readonly Task[];
}

/** What became of one proposal. */
export interface TaskOutcome {
  readonly id: number;
  readonly outcome: Endorsement | Error;
}

// Batches are copied out of the memory they are written in, which serves for the next.
const batchWriter = new ByteWriter();

/** Proposals for a thread, in memory of their own. */
export function encodeTasks(batch: TaskBatch): Uint8Array<ArrayBuffer> {
  const writer = batchWriter.reset();
  writer.varint(batch.height);
  writer.varint(batch.tasks.length);
  for (const task of batch.tasks) {
    writer.varint(task.id);
    writer.bytes(task.proposal);
    writer.bytes(task.signature);
  }
  return writer.finishForTransfer();
}

/** @throws RangeError when the batch is cut */
export function decodeTasks(bytes: Uint8Array<ArrayBuffer>): TaskBatch {
  const reader = new ByteReader(Buffer.from(bytes.buffer));
  const height = reader.varint();
  const count = reader.varint();
  const tasks: Task[] = [];
  for (let index = 0; index < count; index++) {
    tasks.push({ id: reader.varint(), proposal: reader.bytes(), signature: reader.bytes() });
  }
  return { height, tasks };
}

/** Outcomes for the main thread, in memory of their own. */
export function encodeOutcomes(outcomes: readonly TaskOutcome[]): Uint8Array<ArrayBuffer> {
  const writer = batchWriter.reset();
  writer.varint(outcomes.length);
  for (const { id, outcome } of outcomes) {
    writer.varint(id);
    if (outcome instanceof Error) writeError(writer, outcome);
    else writeEndorsement(writer, outcome);
  }
  return writer.finishForTransfer();
}

/** @throws RangeError when the batch is cut */
export function decodeOutcomes(bytes: Uint8Array<ArrayBuffer>): TaskOutcome[] {
  const reader = new ByteReader(Buffer.from(bytes.buffer));
  const count = reader.varint();
  const outcomes: TaskOutcome[] = [];
  for (let index = 0; index < count; index++)
    outcomes.push({ id: reader.varint(), outcome: readOutcome(reader) });
  return outcomes;
}

function writeEndorsement(writer: ByteWriter, endorsement: Endorsement): void {
  if (endorsement.kind === 'evaluated') {
    writer.byte(EVALUATED);
    writer.text(endorsement.result);
    return;
  }
  writer.byte(ENDORSED);
  writer.text(endorsement.transactionId);
  writer.text(endorsement.serial);
  writer.varint(endorsement.basis);
  writer.bytes(endorsement.bodyHash);
  writer.bytes(endorsement.body);
}

function writeError(writer: ByteWriter, error: Error): void {
  if (error instanceof LedgerRefusal) {
    writer.byte(REFUSED);
    writer.text(error.code);
    writer.text(error.message);
    writer.text(JSON.stringify(error.details));
  } else {
    writer.byte(FAILED);
    writer.text(error.message);
  }
}

function readOutcome(reader: ByteReader): Endorsement | Error {
  switch (reader.byte()) {
    case EVALUATED:
      return { kind: 'evaluated', result: reader.text() };
    case ENDORSED: {
      const transactionId = reader.text();
      const serial = reader.text();
      const basis = reader.varint();
      return {
        kind: 'endorsed',
        transactionId,
        serial,
        basis,
        bodyHash: reader.bytes(),
        body: reader.bytes(),
      };
    }
    case REFUSED:
      return readRefusal(reader);
    default:
      return new LedgerUnavailable(`the simulation failed: ${reader.text()}`);
  }
}

function readRefusal(reader: ByteReader): LedgerRefusal {
  const code = reader.text();
  const message = reader.text();
  return new LedgerRefusal(code, message, JSON.parse(reader.text()) as Record<string, unknown>);
}
