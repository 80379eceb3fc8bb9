// `npm test`: sets up what is missing, then runs every test that needs no Fabric network, under Node 24.

import { checkMachine, ensureModules, ensurePackages, root } from './lib/machine.js';
import { handOver } from './lib/node24.js';
import { runCommand } from './lib/steps.js';

runCommand(async () => {
  const args = process.argv.slice(2);
  checkMachine();
  process.chdir(root);
  await ensureModules();
  if (!args.includes('--fast')) await ensurePackages(['redis-server', 'chromium', 'fonts-noto-cjk']);
  return handOver(['bin/lib/test-run.js', ...args]);
});
