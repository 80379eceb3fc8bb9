/** Security headers: strict CSP without inline script or style, nothing from another host. */
import helmet from 'helmet';
import type { RequestHandler } from 'express';

/** @param https true when people reach the platform over TLS */
export function securityHeaders(https: boolean): RequestHandler {
  const self = ["'self'"];
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: self,
        scriptSrc: self,
        styleSrc: self,
        connectSrc: self,
        fontSrc: self,
        mediaSrc: self,
        imgSrc: [...self, 'data:'],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: self,
        frameAncestors: ["'none'"],
        ...(https ? { upgradeInsecureRequests: [] } : {}),
      },
    },
    strictTransportSecurity: https,
    referrerPolicy: { policy: 'same-origin' },
  });
}
