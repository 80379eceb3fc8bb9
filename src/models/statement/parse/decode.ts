/** Turns the bytes of a statement into text: UTF-8 or GB18030, declared or told apart, and nothing else. */
import { StatementUnreadable } from './part.ts';

/** The encodings that are read. GB18030 holds GBK and GB2312. */
export type Encoding = 'utf-8' | 'gb18030' | 'utf-16le' | 'utf-16be';

/** Bytes that are looked at to tell encodings apart. */
export const headBytes = 64 * 1024;

/**
 * The encoding of a file by its mark, its XML declaration, or by whether its beginning is good UTF-8.
 * @throws StatementUnreadable for a declared encoding that is not read
 */
export function encodingOf(head: Uint8Array): Encoding {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  const start = Buffer.from(head.subarray(0, 200)).toString('latin1');
  const declared = /^(?:\xef\xbb\xbf)?\s*<\?xml[^>]*?encoding=["']([A-Za-z0-9._-]+)["']/.exec(start)?.[1];
  if (declared !== undefined) return declaredEncoding(declared);
  return isUtf8(head) ? 'utf-8' : 'gb18030';
}

function declaredEncoding(name: string): Encoding {
  const plain = name.toLowerCase();
  if (plain === 'utf-8' || plain === 'us-ascii') return 'utf-8';
  if (['gb18030', 'gbk', 'gb2312', 'cp936'].includes(plain)) return 'gb18030';
  throw new StatementUnreadable('encoding', name);
}

/** A character cut off at the end of the sample is no fault. */
function isUtf8(head: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/**
 * The text of a stream of bytes.
 * @throws StatementUnreadable for bytes that are not of the encoding, and for control characters
 */
export async function* decoded(bytes: AsyncIterable<Uint8Array>, encoding: Encoding): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  const read = (part?: Uint8Array): string => {
    try {
      return part === undefined ? decoder.decode() : decoder.decode(part, { stream: true });
    } catch {
      throw new StatementUnreadable('bytes', encoding);
    }
  };
  for await (const part of bytes) yield checked(read(part));
  yield checked(read());
}

function checked(text: string): string {
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/.test(text)) throw new StatementUnreadable('control');
  return text;
}
