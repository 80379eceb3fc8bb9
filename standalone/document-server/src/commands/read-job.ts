// Owns making a read job from a command, and reading a job's one-document answer.
import type { JobResult, ReadJob } from '../planner/jobs.ts';
import type { Namespace } from '../storage/store.ts';
import { decode } from '../values/decode.ts';
import type { Doc, Value } from '../values/types.ts';
import type { Call } from './context.ts';
import { readMsMax } from './reads.ts';

/** A job for the command, to be run by `Reads`. */
export function jobFor(op: ReadJob['op'], call: Call, ns: Namespace): ReadJob {
  const limitMs = call.count('maxTimeMS') ?? 0;
  return {
    op,
    db: ns.db,
    name: ns.name,
    query: call.body,
    skip: call.count('skip') ?? 0,
    limit: 0,
    batch: Number.MAX_SAFE_INTEGER,
    position: undefined,
    limitMs: limitMs === 0 ? readMsMax : Math.min(limitMs, 2 ** 31),
    heavy: false,
  };
}

/** The document in which counts, distinct values and explanations come back. */
export function answerOf(result: JobResult): Doc {
  const [bytes] = result.docs;
  return bytes === undefined ? new Map<string, Value>() : decode(bytes);
}
