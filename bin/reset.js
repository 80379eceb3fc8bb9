// `npm run reset`: deletes the data folder after asking, so that the next start begins again.

import { checkMachine, ensureModules, root } from './lib/machine.js';
import { handOver } from './lib/node24.js';
import { runCommand } from './lib/steps.js';

runCommand(async () => {
  checkMachine();
  await ensureModules({ quiet: true });
  process.chdir(root);
  return handOver(['src/commands/reset.ts', ...process.argv.slice(2)]);
});
