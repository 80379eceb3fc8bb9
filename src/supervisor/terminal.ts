/** What the supervisor prints: one line per step with its seconds, and sentences. */

/**
 * Runs a step and prints its line when it ends.
 * @param title what was done, a few words
 * @param action the step; a string it returns is added to the line
 * @returns what the action returned
 */
export async function step<T>(title: string, action: () => T | Promise<T>): Promise<T> {
  const began = Date.now();
  const result = await action();
  const note = typeof result === 'string' && result !== '' ? `: ${result}` : '';
  tell(`  ${((Date.now() - began) / 1000).toFixed(1).padStart(5)} s  ${title}${note}`);
  return result;
}

/** Prints a line; a terminal that has gone away is no fault. */
export function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Prints a sentence about a fault to the error output. */
export function complain(line: string): void {
  process.stderr.write(`${line}\n`);
}
