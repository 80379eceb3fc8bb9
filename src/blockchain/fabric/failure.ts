/** What the gateway's client threw, read into one form: phase, gRPC status, and the words of the peers. */

/** The step of a call in which it failed. */
export type Phase = 'evaluate' | 'endorse' | 'submit' | 'status';

/** A failed call of the gateway. */
export interface GatewayFailure {
  readonly phase: Phase;
  /** gRPC status code; null when the call failed before it reached a peer. */
  readonly code: number | null;
  /** What the peers said, one text each; empty when only the gateway spoke. */
  readonly details: readonly string[];
  /** The gateway's own words. */
  readonly message: string;
  readonly cause: unknown;
}

/** Reads an error of the client library. Its classes are not all exported at run time, so that the shape decides. */
export function readFailure(phase: Phase, cause: unknown): GatewayFailure {
  if (!(cause instanceof Error)) return { phase, code: null, details: [], message: String(cause), cause };
  const code = 'code' in cause && typeof cause.code === 'number' ? cause.code : null;
  return { phase, code, details: detailsOf(cause), message: cause.message, cause };
}

/** Everything that was said, for a look at the words. */
export function wordsOf(failure: GatewayFailure): string {
  return [...failure.details, failure.message].join('\n');
}

function detailsOf(cause: Error): string[] {
  if (!('details' in cause) || !Array.isArray(cause.details)) return [];
  return cause.details.flatMap((one: unknown) =>
    typeof one === 'object' && one !== null && 'message' in one && typeof one.message === 'string'
      ? [one.message]
      : [],
  );
}
