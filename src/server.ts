/** The web process: configuration, composition, listen, a clean end. */
import { createClient, type RedisClientType } from 'redis';
import { createApp } from './app.ts';
import { compose } from './compose.ts';
import { loadConfig } from './config.ts';
import { announce } from './log.ts';
import { endWithParent } from './process-end.ts';

const config = loadConfig(process.env);
const platform = await compose(config, 'web');
const address = config.redisUrl.replace(/^redis\+unix:/, 'unix:');
const sessionClient: RedisClientType = createClient(
  address.startsWith('unix:')
    ? { socket: { path: address.replace(/^unix:\/\//, ''), tls: false } }
    : { url: address },
);
sessionClient.on('error', (error: Error) => platform.log.warn({ err: error.message }, 'session store away'));
await sessionClient.connect();
const server = createApp(platform, sessionClient).listen(config.port, '127.0.0.1', (error?: Error) => {
  if (error === undefined) announce(platform.log, 'listening', { port: config.port });
  else {
    platform.log.fatal({ port: config.port, err: error.message }, 'cannot listen');
    process.exit(1);
  }
});

endWithParent(platform.log, async () => {
  server.close();
  server.closeIdleConnections();
  setTimeout(() => server.closeAllConnections(), 3_000).unref();
  await new Promise((resolve) => server.once('close', resolve));
  sessionClient.destroy();
  await platform.close();
});
