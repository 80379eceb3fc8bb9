/** A projector as a process of its own, with the built-in document server behind it: arguments are socket and channel. */
import { createConnection } from 'mongoose';
import { connectEmbeddedLedger } from '../../src/blockchain/embedded/client.ts';
import { createProjector } from '../../src/blockchain/projector/projector.ts';
import { ReadModelStore } from '../../src/models/read-model/read-model-store.ts';
import { ensureReadModelIndexes } from '../../src/models/read-model/read-models.ts';
import { startDocumentStore } from '../../test/support/document-store.ts';

const [socketPath = '', channel = ''] = process.argv.slice(2);
const store = await startDocumentStore();
const connection = await createConnection(store.uri).asPromise();
await ensureReadModelIndexes(connection);
const ledger = connectEmbeddedLedger({ socketPath, channel });
const stopped = new AbortController();
process.once('SIGTERM', () => stopped.abort());
const target = new ReadModelStore({ connection, channel });
const projector = createProjector({ ledger, target });
await projector.catchUp();
process.stdout.write('ready\n');
await projector.run(stopped.signal);
const checkpoint = await target.checkpoint();
process.stdout.write(`${checkpoint?.height ?? 0}\n`);
await ledger.close();
await connection.close();
await store.stop();
