// `npm run serve`: sets up what is missing, then runs a real installation under Node 24.

import { checkMachine, ensureModules, ensurePackages } from './lib/machine.js';
import { handOver } from './lib/node24.js';
import { runCommand } from './lib/steps.js';

runCommand(async () => {
  checkMachine();
  await ensureModules();
  if (!process.env.REDIS_URL) await ensurePackages(['redis-server']);
  return handOver(['--disable-warning=ExperimentalWarning', 'src/supervisor.ts', 'real'], { watched: true });
});
