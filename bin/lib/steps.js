// Owns how the commands talk on the terminal: one line per step with its seconds, one sentence per fault.

/** A fault that ends a command with one clear sentence and no stack. */
export class SetupError extends Error {}

/**
 * Runs one step and prints its line when it ends.
 * @template T
 * @param {string} title what the step does, a few words
 * @param {() => T | Promise<T>} action the step; may return a string that is added to the line
 * @returns {Promise<T>} what the action returned
 */
export async function step(title, action) {
  const began = Date.now();
  const result = await action();
  const note = typeof result === 'string' && result !== '' ? `: ${result}` : '';
  console.log(`  ${((Date.now() - began) / 1000).toFixed(1).padStart(5)} s  ${title}${note}`);
  return result;
}

/**
 * Runs a whole command; a SetupError becomes its sentence and exit code 1.
 * @param {() => Promise<number>} command returns the exit code
 */
export function runCommand(command) {
  command().then(
    (code) => {
      process.exitCode = code;
    },
    (error) => {
      console.error(error instanceof SetupError ? error.message : error);
      process.exitCode = 1;
    },
  );
}
