// `npm start`: sets up what is missing, then runs the platform with demonstration data under Node 24.

import { checkMachine, ensureModules, ensurePackages } from './lib/machine.js';
import { handOver } from './lib/node24.js';
import { runCommand } from './lib/steps.js';

runCommand(async () => {
  checkMachine();
  await ensureModules();
  if (!process.env.REDIS_URL) await ensurePackages(['redis-server']);
  return handOver(['--disable-warning=ExperimentalWarning', 'src/supervisor.ts', 'demo'], { watched: true });
});
