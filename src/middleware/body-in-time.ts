/** Ends a request whose body arrives too slowly, so that slow senders hold no connection. */
import type { RequestHandler } from 'express';

/**
 * Answers 408 and closes the connection when the body is not there in time.
 * @param seconds from the end of the headers to the end of the body
 */
export function bodyInTime(seconds: number): RequestHandler {
  return (req, res, next) => {
    const late = setTimeout(() => {
      if (res.headersSent) return;
      res
        .status(408)
        .set('Connection', 'close')
        .end(() => req.socket.destroy());
    }, seconds * 1000);
    const done = (): void => clearTimeout(late);
    req.once('end', done);
    res.once('close', done);
    next();
  };
}
