/** Reads a multipart form: text fields first, then one file as a stream; the form token is checked before a byte is stored. */
import busboy from 'busboy';
import type { Request } from 'express';
import { requireCsrfToken } from '../middleware/csrf.ts';
import { InputError } from '../models/kernel/errors.ts';

/** Text fields before the file. */
export type UploadFields = Readonly<Record<string, string>>;

/**
 * Hands the form's file to `take` while it arrives.
 * @param check what the form token must pass; callers without a cookie have none to check
 * @returns what `take` gave
 * @throws InputError file.missing; DomainError CSRF; whatever `take` throws
 */
export async function readUpload<T>(
  req: Request,
  take: (file: AsyncIterable<Uint8Array>, name: string, fields: UploadFields) => Promise<T>,
  check: (req: Request, token: string) => void = requireCsrfToken,
): Promise<T> {
  const parser = busboy({
    headers: req.headers,
    limits: { files: 1, fields: 20, fieldSize: 4096 },
    defParamCharset: 'utf8',
  });
  const fields: Record<string, string> = {};
  return new Promise<T>((resolve, reject) => {
    let taken = false;
    const fail = (error: unknown): void => {
      req.unpipe(parser);
      req.resume();
      reject(error instanceof Error ? error : new Error('upload failed'));
    };
    parser.on('field', (name, value) => (fields[name] = value));
    parser.on('file', (_field, stream, info) => {
      const { filename = '' } = info;
      if (filename === '' || taken) {
        stream.resume();
        return;
      }
      taken = true;
      try {
        check(req, fields._csrf ?? '');
        take(stream as AsyncIterable<Uint8Array>, filename, fields).then(resolve, fail);
      } catch (error) {
        stream.resume();
        fail(error);
      }
    });
    // What the parser cannot read is the sender's fault, not ours.
    parser.on('error', () => fail(new InputError({ file: 'file.missing' })));
    parser.on('close', () => {
      if (!taken) reject(new InputError({ file: 'file.missing' }));
    });
    req.pipe(parser);
  });
}
