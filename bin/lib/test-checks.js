// Runs the static checks (types, lint, format) as if each were one test.

import { spawnSync } from 'node:child_process';

const checks = {
  typecheck: ['node_modules/typescript/bin/tsc', '--noEmit'],
  lint: ['node_modules/eslint/bin/eslint.js', '--max-warnings', '0', '.'],
  format: ['node_modules/prettier/bin/prettier.cjs', '--check', '.'],
};

/**
 * @param {import('./test-report.js').TestReport} report where the results go
 * @param {string[]} filters names given on the command line; none = every check
 */
export function runChecks(report, filters) {
  for (const [name, args] of Object.entries(checks)) {
    if (filters.length > 0 && !filters.includes(name)) continue;
    const began = Date.now();
    const result = spawnSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
    const output = `${result.stdout}${result.stderr}`.trim();
    report.check(name, { passed: result.status === 0, seconds: (Date.now() - began) / 1000, output });
  }
}
