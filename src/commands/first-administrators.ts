/** Creates the three administrators of a real installation and prints their one-time passwords, once. */
import { compose } from '../compose.ts';
import { loadConfig } from '../config.ts';
import { bootstrapInstallation } from '../models/member/bootstrap.service.ts';

const platform = await compose(loadConfig({ ...process.env, LOG_LEVEL: 'error' }), 'first-administrators');
try {
  const made = await bootstrapInstallation(platform.services);
  for (const { username, password, name } of made)
    process.stdout.write(`${username}  ${password}  ${name}\n`);
} finally {
  await platform.close();
}
