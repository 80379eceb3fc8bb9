/** The byte format below proposals, transactions and blocks: varints, and byte strings and texts with their length first. */

const INITIAL_SIZE = 2048;
/** Memory a writer keeps for the next message. */
const LARGEST_KEPT = 4 << 20;

/** Writes one message into a growing buffer. */
export class ByteWriter {
  #buffer = Buffer.allocUnsafe(INITIAL_SIZE);
  #length = 0;

  /** Begins another message in the same memory; what `finish` gave before stays as it is. */
  reset(): this {
    this.#length = 0;
    if (this.#buffer.length > LARGEST_KEPT) this.#buffer = Buffer.allocUnsafe(INITIAL_SIZE);
    return this;
  }

  /** Bytes written so far: where the next ones will stand in the message. */
  get length(): number {
    return this.#length;
  }

  /** One unsigned byte. */
  byte(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#length++] = value;
  }

  /** A non-negative integer up to 2^53 - 1, seven bits to the byte, least significant first. */
  varint(value: number): void {
    this.#reserve(8);
    let rest = value;
    while (rest >= 128) {
      this.#buffer[this.#length++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    this.#buffer[this.#length++] = rest;
  }

  /** Bytes as they are, without a length. */
  raw(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#buffer.set(value, this.#length);
    this.#length += value.length;
  }

  /** Bytes after their length. */
  bytes(value: Uint8Array): void {
    this.varint(value.length);
    this.raw(value);
  }

  /** UTF-8 text after its length in bytes. */
  text(value: string): void {
    const size = Buffer.byteLength(value);
    this.varint(size);
    this.#reserve(size);
    this.#buffer.write(value, this.#length, 'utf8');
    this.#length += size;
  }

  /** The message so far, as a copy of its exact size. */
  finish(): Buffer {
    return Buffer.from(this.#buffer.subarray(0, this.#length));
  }

  /** The message so far without a copy: it stands until the writer is used again. */
  take(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** As `finish`, in memory of its own that can be handed to another thread. */
  finishForTransfer(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#buffer.subarray(0, this.#length));
  }

  #reserve(size: number): void {
    const needed = this.#length + size;
    if (needed <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }
}

/** Reads a message back; every read past the end is an error, so that a cut message is never taken for a whole one. */
export class ByteReader {
  readonly #buffer: Buffer;
  #position: number;

  constructor(buffer: Buffer, position = 0) {
    this.#buffer = buffer;
    this.#position = position;
  }

  /** True when nothing is left. */
  get done(): boolean {
    return this.#position >= this.#buffer.length;
  }

  /** One unsigned byte. @throws RangeError past the end */
  byte(): number {
    const value = this.#buffer[this.#position++];
    if (value === undefined) throw new RangeError('the message ends too early');
    return value;
  }

  /** A varint. @throws RangeError past the end */
  varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const part = this.byte();
      value += (part & 127) * scale;
      if (part < 128) return value;
      scale *= 128;
    }
  }

  /** `size` bytes, sharing memory with the message. @throws RangeError past the end */
  raw(size: number): Buffer {
    const end = this.#position + size;
    if (end > this.#buffer.length) throw new RangeError('the message ends too early');
    const part = this.#buffer.subarray(this.#position, end);
    this.#position = end;
    return part;
  }

  /** Bytes after their length. */
  bytes(): Buffer {
    return this.raw(this.varint());
  }

  /** Passes over bytes or a text without decoding it. */
  skip(): void {
    this.raw(this.varint());
  }

  /** Text after its length. */
  text(): string {
    const size = this.varint();
    const start = this.#position;
    const end = start + size;
    if (end > this.#buffer.length) throw new RangeError('the message ends too early');
    this.#position = end;
    return this.#buffer.toString('utf8', start, end);
  }
}
