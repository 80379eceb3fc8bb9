/** Which files are taken: told by their content, never by name or by what the browser claims. */
import { fileTypeFromBuffer } from 'file-type';

/** Bytes from the beginning that are enough to tell a type. */
export const sampleBytes = 4_100;

const office = [
  'application/pdf',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  'application/vnd.oasis.opendocument.text',
  'application/vnd.oasis.opendocument.spreadsheet',
  'application/vnd.oasis.opendocument.presentation',
  // Word, Excel and PowerPoint before 2007 share this container.
  'application/x-cfb',
];
const picture = [
  'image/jpeg',
  'image/png',
  'image/gif',
  'image/webp',
  'image/bmp',
  'image/heic',
  'image/tiff',
];
const families = /^(video|audio)\//;

/**
 * The media type of a file.
 * @param head its first bytes, `sampleBytes` or the whole when shorter
 * @returns null when the type is not taken: programs, archives, web pages, unknown binaries
 */
export async function mediaTypeOf(head: Uint8Array): Promise<string | null> {
  if (head.length === 0) return null;
  const found = await fileTypeFromBuffer(head);
  if (found === undefined) return isText(head) ? 'text/plain' : null;
  const taken = office.includes(found.mime) || picture.includes(found.mime) || families.test(found.mime);
  return taken ? found.mime : null;
}

/** True for types a browser may show inside a page; everything else is offered as a download. */
export function isShownInline(mediaType: string): boolean {
  return picture.includes(mediaType) || families.test(mediaType) || mediaType === 'application/pdf';
}

function isText(head: Uint8Array): boolean {
  if (head.some((byte) => byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d)) return false;
  return ['utf-8', 'gb18030'].some((encoding) => decodes(encoding, head));
}

/** A sample may end inside a character, so the decoder is told that more follows. */
function decodes(encoding: string, head: Uint8Array): boolean {
  try {
    new TextDecoder(encoding, { fatal: true }).decode(head, { stream: true });
    return true;
  } catch {
    return false;
  }
}
