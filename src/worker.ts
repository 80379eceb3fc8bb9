/** The worker process: projector, queues and sweeps. */
import { compose } from './compose.ts';
import { loadConfig } from './config.ts';
import { startJobs } from './jobs/index.ts';
import { announce } from './log.ts';
import { endWithParent } from './process-end.ts';

const config = loadConfig(process.env);
const platform = await compose(config, 'worker');
const jobs = await startJobs(platform);
announce(platform.log, 'ready');

endWithParent(platform.log, async () => {
  await jobs.close();
  await platform.close();
});
