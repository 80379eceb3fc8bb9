// Owns writing collections to BSON files and reading them back, in the layout of mongodump and mongorestore.
import {
  closeSync,
  createReadStream,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { EJSON } from 'bson';
import { decode } from '../values/decode.ts';
import { isDoc, type Doc, type Value } from '../values/types.ts';
import { bsonBytes, plainDoc } from './plain.ts';
import { textOf, type Client } from './client.ts';

const batchBytes = 4 * 1024 * 1024;
const batchDocs = 1000;

/** What a command did, for its last line. */
export interface Tally {
  collections: number;
  documents: number;
}

async function list(client: Client, command: Doc): Promise<Doc[]> {
  const cursor = (await client.run(command)).get('cursor');
  const batch = isDoc(cursor) ? cursor.get('firstBatch') : [];
  return Array.isArray(batch) ? batch.filter(isDoc) : [];
}

async function databases(client: Client, only: string | undefined): Promise<string[]> {
  if (only !== undefined) return [only];
  const reply = await client.run(
    new Map<string, Value>([
      ['listDatabases', 1],
      ['$db', 'admin'],
    ]),
  );
  const found = reply.get('databases');
  return (Array.isArray(found) ? found : []).filter(isDoc).map((item) => textOf(item.get('name')));
}

/** A collection's name as a file name; signs that file systems or mongorestore mistake are escaped as mongodump does. */
function fileName(collection: string): string {
  return encodeURIComponent(collection);
}

/**
 * Writes `OUT/db/collection.bson` and `OUT/db/collection.metadata.json` for every collection.
 * @throws Error when a file is there already
 */
export async function exportTo(client: Client, out: string, only: string | undefined): Promise<Tally> {
  const tally = { collections: 0, documents: 0 };
  for (const db of await databases(client, only)) {
    mkdirSync(join(out, db), { recursive: true, mode: 0o700 });
    const collections = await list(
      client,
      new Map<string, Value>([
        ['listCollections', 1],
        ['nameOnly', true],
        ['$db', db],
      ]),
    );
    for (const collection of collections) {
      const name = textOf(collection.get('name'));
      if (name.startsWith('system.')) continue;
      const base = join(out, db, fileName(name));
      const indexes = await list(
        client,
        new Map<string, Value>([
          ['listIndexes', name],
          ['$db', db],
        ]),
      );
      const metadata = {
        options: {},
        indexes: indexes.map(plainDoc),
        collectionName: name,
        type: 'collection',
      };
      writeFileSync(`${base}.metadata.json`, EJSON.stringify(metadata, { relaxed: false }), {
        flag: 'wx',
        mode: 0o600,
      });
      tally.documents += await writeDocuments(client, { db, name }, `${base}.bson`);
      tally.collections++;
    }
  }
  return tally;
}

async function writeDocuments(
  client: Client,
  from: { db: string; name: string },
  path: string,
): Promise<number> {
  const handle = openSync(path, 'wx', 0o600);
  let count = 0;
  try {
    for await (const bytes of client.documents(from.db, from.name)) {
      writeSync(handle, bytes);
      count++;
    }
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  return count;
}

/**
 * Reads what `exportTo` or mongodump wrote. Documents go in as the bytes they are; existing ones are never replaced.
 * @throws Error for a folder without BSON files, a cut-off file, and the server's refusals, such as a duplicate _id
 */
export async function importFrom(client: Client, from: string): Promise<Tally> {
  const tally = { collections: 0, documents: 0 };
  for (const db of readdirSync(from).filter((name) => statSync(join(from, name)).isDirectory())) {
    for (const file of readdirSync(join(from, db)).filter((name) => name.endsWith('.bson'))) {
      const base = join(from, db, file.slice(0, -'.bson'.length));
      const metadata = readMetadata(`${base}.metadata.json`);
      const name = metadata?.name ?? decodeURIComponent(file.slice(0, -'.bson'.length));
      tally.documents += await readDocuments(client, { db, name }, `${base}.bson`);
      await createIndexes(client, { db, name }, metadata?.indexes ?? []);
      tally.collections++;
    }
  }
  if (tally.collections === 0) throw new Error(`there is no DATABASE/COLLECTION.bson under ${from}`);
  return tally;
}

function readMetadata(path: string): { name: string | undefined; indexes: Doc[] } | undefined {
  if (!existsSync(path)) return undefined;
  const parsed = EJSON.parse(readFileSync(path, 'utf8'), { relaxed: false }) as Record<string, unknown>;
  const indexes = decode(bsonBytes({ indexes: parsed['indexes'] ?? [] })).get('indexes');
  const name = parsed['collectionName'];
  return {
    name: typeof name === 'string' ? name : undefined,
    indexes: Array.isArray(indexes) ? indexes.filter(isDoc) : [],
  };
}

async function createIndexes(
  client: Client,
  ns: { db: string; name: string },
  indexes: readonly Doc[],
): Promise<void> {
  // Naming the index on _id, which is always there, makes the collection even when it has no document.
  const id = new Map<string, Value>([
    ['key', new Map<string, Value>([['_id', 1]])],
    ['name', '_id_'],
  ]);
  const specs = [id, ...indexes.filter((index) => index.get('name') !== '_id_')];
  for (const spec of specs) spec.delete('ns');
  await client.run(
    new Map<string, Value>([
      ['createIndexes', ns.name],
      ['indexes', specs],
      ['$db', ns.db],
    ]),
  );
}

async function readDocuments(
  client: Client,
  into: { db: string; name: string },
  path: string,
): Promise<number> {
  let count = 0;
  let batch: Uint8Array[] = [];
  let bytes = 0;
  const flush = async (): Promise<void> => {
    if (batch.length > 0)
      await client.run(
        new Map<string, Value>([
          ['insert', into.name],
          ['$db', into.db],
        ]),
        batch,
      );
    batch = [];
    bytes = 0;
  };
  for await (const document of bsonFile(path)) {
    if (bytes + document.length > batchBytes || batch.length >= batchDocs) await flush();
    batch.push(document);
    bytes += document.length;
    count++;
  }
  await flush();
  return count;
}

/** The documents of a BSON file, one after another. */
async function* bsonFile(path: string): AsyncGenerator<Uint8Array> {
  let rest = Buffer.alloc(0);
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    rest = Buffer.concat([rest, chunk as Buffer]);
    let at = 0;
    while (rest.length - at >= 5) {
      const size = rest.readInt32LE(at);
      if (size < 5) throw new Error(`${path} is not a BSON file`);
      if (rest.length - at < size) break;
      yield rest.subarray(at, at + size);
      at += size;
    }
    rest = rest.subarray(at);
  }
  if (rest.length > 0) throw new Error(`${path} is cut off`);
}
