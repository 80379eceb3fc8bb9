/** A clean end of a process: on SIGTERM or SIGINT, or when the parent that started it is gone. */
import type { Logger } from './log.ts';

/** Longest time a process takes to end, ms. */
const endWithinMs = 8_000;

/** Runs `close` once, then ends the process; ends it anyway when closing takes too long. */
export function endWithParent(log: Logger, close: () => Promise<void>): void {
  let ending = false;
  const end = (reason: string): void => {
    if (ending) return;
    ending = true;
    log.info({ reason }, 'ending');
    setTimeout(() => process.exit(1), endWithinMs).unref();
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'did not end cleanly');
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', () => end('SIGTERM'));
  process.once('SIGINT', () => end('SIGINT'));
  process.once('disconnect', () => end('parent gone'));
}
