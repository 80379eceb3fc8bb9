/** `npm run rebuild`: drops the read model and makes it anew from block 0; a running worker waits and then goes on. */
import { ProjectionError } from '../blockchain/projector/projection.port.ts';
import { rebuildReadModel } from '../blockchain/projector/rebuild.ts';
import { ConfigError } from '../config.ts';
import { ReadModelStore } from '../models/read-model/read-model-store.ts';
import { StartError } from '../supervisor/start-error.ts';
import { complain, tell } from '../supervisor/terminal.ts';
import { withPlatform } from './platform-access.ts';

try {
  const began = Date.now();
  const height = await withPlatform(({ ledger, connection, channel }) =>
    rebuildReadModel({ ledger, target: new ReadModelStore({ connection, channel }) }),
  );
  tell(`The read model shows ${height} blocks again, after ${((Date.now() - began) / 1000).toFixed(1)} s.`);
} catch (error) {
  const known = error instanceof StartError || error instanceof ConfigError;
  if (!known && !(error instanceof ProjectionError)) throw error;
  complain(error.message);
  process.exitCode = 2;
}
