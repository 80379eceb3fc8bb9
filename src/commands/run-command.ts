/** How a command ends: faults that a person can mend as one sentence, everything else as the error it is. */
import { ProjectionError } from '../blockchain/projector/projection.port.ts';
import { ConfigError } from '../config.ts';
import { StartError } from '../supervisor/start-error.ts';
import { complain } from '../supervisor/terminal.ts';

/** Runs a command; a fault told to the person ends it with exit code 2. */
export async function runCommand(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isTold(error)) throw error;
    complain(error.message);
    process.exitCode = 2;
  }
}

function isTold(error: unknown): error is Error {
  if (error instanceof StartError || error instanceof ConfigError || error instanceof ProjectionError)
    return true;
  // Wrong options of a command; the sentence is Node's.
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}
