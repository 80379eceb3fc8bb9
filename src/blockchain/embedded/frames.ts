/** Frames on the ledger's socket: length, kind, request number, payload; read in any cut, written many to the call. */
import type { Socket } from 'node:net';

const HEADER_BYTES = 9;
const MAX_FRAME_BYTES = 64 << 20;

/** One frame. `kind` says what is asked or answered; `id` joins an answer to its request. */
export interface Frame {
  readonly kind: number;
  readonly id: number;
  readonly payload: Buffer;
}

/** Cuts a stream of bytes into frames. Only a frame that two chunks share is copied. */
export class FrameReader {
  /** Of the waiting frame: its header as far as it is there, then room for all of it, filled up to `#filled`. */
  #rest: Buffer = EMPTY;
  #filled = 0;

  /** The frames that are whole with this chunk. @throws RangeError when a frame is larger than 64 MiB */
  push(chunk: Buffer): Frame[] {
    const frames: Frame[] = [];
    let at = 0;
    if (this.#filled > 0) {
      at = this.#fill(chunk);
      const whole = readFrame(this.#rest.subarray(0, this.#filled), 0);
      if (!whole) return frames;
      frames.push(whole);
      this.#filled = 0;
    }
    for (let frame = readFrame(chunk, at); frame; frame = readFrame(chunk, at)) {
      frames.push(frame);
      at += HEADER_BYTES + frame.payload.length;
    }
    this.#rest = EMPTY;
    if (at < chunk.length) this.#begin(chunk.subarray(at));
    return frames;
  }

  /** Keeps the begin of a frame; its size is known from its header on, so that a large frame is copied once. */
  #begin(bytes: Buffer): void {
    this.#rest = bytes.length < HEADER_BYTES ? bytes : Buffer.allocUnsafe(frameSize(bytes, 0));
    if (this.#rest !== bytes) bytes.copy(this.#rest);
    this.#filled = bytes.length;
  }

  /** Takes what the waiting frame lacks from the chunk. @returns how many bytes that was */
  #fill(chunk: Buffer): number {
    let taken = 0;
    if (this.#filled < HEADER_BYTES) {
      taken = Math.min(HEADER_BYTES - this.#filled, chunk.length);
      this.#begin(Buffer.concat([this.#rest, chunk.subarray(0, taken)]));
      if (this.#filled < HEADER_BYTES) return taken;
    }
    const end = Math.min(taken + this.#rest.length - this.#filled, chunk.length);
    this.#filled += chunk.copy(this.#rest, this.#filled, taken, end);
    return end;
  }
}

const EMPTY = Buffer.alloc(0);

/** Bytes of the frame at a position whose header is there. */
function frameSize(bytes: Buffer, at: number): number {
  const size = bytes.readUInt32LE(at);
  if (size > MAX_FRAME_BYTES) throw new RangeError(`a frame of ${size} bytes is too large`);
  return HEADER_BYTES + size;
}

/** The frame at a position, null when it is not whole. */
function readFrame(bytes: Buffer, at: number): Frame | null {
  if (bytes.length - at < HEADER_BYTES) return null;
  const end = at + frameSize(bytes, at);
  if (bytes.length < end) return null;
  return {
    kind: bytes.readUInt8(at + 4),
    id: bytes.readUInt32LE(at + 5),
    payload: bytes.subarray(at + HEADER_BYTES, end),
  };
}

/** Sends frames; those of one turn of the event loop go out in one write. */
export class FrameSender {
  readonly #socket: Socket;
  #waiting: Buffer[] = [];

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  send(kind: number, id: number, payload: Buffer): void {
    const header = Buffer.allocUnsafe(HEADER_BYTES);
    header.writeUInt32LE(payload.length, 0);
    header.writeUInt8(kind, 4);
    header.writeUInt32LE(id, 5);
    if (this.#waiting.length === 0) setImmediate(() => this.flush());
    this.#waiting.push(header, payload);
  }

  /** Writes what waits. */
  flush(): void {
    if (this.#waiting.length === 0) return;
    const bytes = Buffer.concat(this.#waiting);
    this.#waiting = [];
    if (this.#socket.writable) this.#socket.write(bytes);
  }
}
