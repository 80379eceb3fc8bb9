// Runs a script of the project under Node 24: `node bin/node24.js <script> [arguments]`.

import { checkMachine, ensureModules } from './lib/machine.js';
import { handOver } from './lib/node24.js';
import { runningPlatform } from './lib/running.js';
import { runCommand } from './lib/steps.js';

runCommand(async () => {
  checkMachine();
  await ensureModules({ quiet: true });
  const args = process.argv.slice(2);
  return handOver(args, { env: runningPlatform(args[0] ?? '') });
});
