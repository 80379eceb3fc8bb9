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

/** Cuts a stream of bytes into frames. */
export class FrameReader {
  #rest: Buffer = Buffer.alloc(0);

  /** The frames that are whole with this chunk. @throws RangeError when a frame is larger than 64 MiB */
  push(chunk: Buffer): Frame[] {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const frames: Frame[] = [];
    let at = 0;
    while (bytes.length - at >= HEADER_BYTES) {
      const size = bytes.readUInt32LE(at);
      if (size > MAX_FRAME_BYTES) throw new RangeError(`a frame of ${size} bytes is too large`);
      const end = at + HEADER_BYTES + size;
      if (bytes.length < end) break;
      frames.push({
        kind: bytes.readUInt8(at + 4),
        id: bytes.readUInt32LE(at + 5),
        payload: bytes.subarray(at + HEADER_BYTES, end),
      });
      at = end;
    }
    this.#rest = bytes.subarray(at);
    return frames;
  }
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
