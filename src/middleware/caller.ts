/** Who calls, as the connection tells it: the address behind the trusted proxies, and the client certificate. */
import type { Request } from 'express';
import { TLSSocket } from 'node:tls';
import type { Caller } from '../models/bank/caller.rules.ts';

/**
 * Reads the caller off a request.
 * @param certificateHeader header in which a trusted proxy hands on the certificate that it verified, or `none`
 */
export function callerOf(req: Request, certificateHeader: string): Caller {
  return { address: req.ip ?? '', certificate: ofProxy(req, certificateHeader) ?? ofConnection(req) };
}

/** What anybody but the trusted proxy writes into the header is nobody's certificate. */
function ofProxy(req: Request, header: string): string | null {
  const text = header === 'none' ? undefined : req.get(header);
  const trusts = req.app.get('trust proxy fn') as (address: string, hop: number) => boolean;
  if (text === undefined || !trusts(req.socket.remoteAddress ?? '', 0)) return null;
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function ofConnection(req: Request): Uint8Array | null {
  if (!(req.socket instanceof TLSSocket)) return null;
  const { raw } = req.socket.getPeerCertificate() as { raw?: Buffer };
  return raw ?? null;
}
