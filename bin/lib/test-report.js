// Counts test results from the runner's own events and prints them: a line per file, each failure with its error.

import { relative, resolve } from 'node:path';
import { inspect } from 'node:util';

/** Collects the results of a whole run. */
export class TestReport {
  #total = { passed: 0, failed: 0, skipped: 0 };
  #files = new Map();
  #failures = [];

  /** Takes the result of a check that is not a test file. */
  check(name, { passed, seconds, output }) {
    this.#total[passed ? 'passed' : 'failed'] += 1;
    console.log(`${passed ? 'ok  ' : 'FAIL'} ${name} (${seconds.toFixed(1)} s)`);
    if (passed) return;
    this.#failures.push(name);
    console.log(indent(output));
  }

  /** Takes one event of node:test. */
  take(type, data) {
    if (type === 'test:pass' || type === 'test:fail') this.#result(type === 'test:pass', data);
    if (type === 'test:stderr') this.#file(data.file).output.push(data.message);
    if (type === 'test:summary' && data.file) this.#closeFile(data.file, data.duration_ms, data.counts);
  }

  /**
   * Prints the closing lines. Returns the exit code: 1 when anything failed or nothing ran.
   * @param {{ withSkipped?: boolean }} [options] whether skipped tests are counted also when there are none
   */
  close({ withSkipped = false } = {}) {
    for (const [path, file] of this.#files)
      if (!file.closed && file.failed > 0) this.#closeFile(path, 0, file);
    const { passed, failed, skipped } = this.#total;
    if (failed > 0) console.log(`\nFailed:\n${indent(this.#failures.join('\n'))}`);
    console.log(
      `\n${passed} passed, ${failed} failed${withSkipped || skipped > 0 ? `, ${skipped} skipped` : ''}`,
    );
    return failed > 0 || passed === 0 ? 1 : 0;
  }

  #result(passed, data) {
    if (data.details?.type === 'suite' && passed) return;
    const file = this.#file(data.file);
    // A suite or file that fails only because a test inside it failed is already counted by that test.
    if (!passed && data.details?.error?.failureType === 'subtestsFailed') return;
    const kind =
      data.skip !== undefined || data.todo !== undefined ? 'skipped' : passed ? 'passed' : 'failed';
    this.#total[kind] += 1;
    file[kind] += 1;
    if (kind === 'failed') file.errors.push({ name: data.name, error: data.details?.error });
  }

  #file(path) {
    const key = resolve(path ?? '(no file)');
    if (!this.#files.has(key)) {
      this.#files.set(key, { passed: 0, failed: 0, skipped: 0, errors: [], output: [], closed: false });
    }
    return this.#files.get(key);
  }

  /** The runner's counts hold a file's own tests and those that it has a module declare, whose events name that module. */
  #closeFile(path, durationMs, { passed, failed, skipped }) {
    const file = this.#file(path);
    if (file.closed) return;
    file.closed = true;
    const name = relative(process.cwd(), path);
    const counts = `${passed} passed${failed ? `, ${failed} failed` : ''}${skipped ? `, ${skipped} skipped` : ''}`;
    console.log(`${failed ? 'FAIL' : 'ok  '} ${name}: ${counts} (${(durationMs / 1000).toFixed(1)} s)`);
    if (file.failed === 0) return;
    for (const { name: test, error } of file.errors) {
      this.#failures.push(`${name}: ${test}`);
      console.log(indent(`${test}\n${indent(explain(error))}`));
    }
    const output = file.output.join('').trim();
    if (output !== '') console.log(indent(`what it wrote to stderr:\n${indent(output.slice(-4000))}`));
  }
}

function explain(error) {
  const cause = error?.cause ?? error;
  return cause instanceof Error ? (cause.stack ?? cause.message) : inspect(cause);
}

function indent(text) {
  return text.replace(/^/gm, '    ');
}
