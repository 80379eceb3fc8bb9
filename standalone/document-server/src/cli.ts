// The commands on a running document server: backup, export and import.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Client, parseUri, textOf } from './cli/client.ts';
import { exportTo, importFrom } from './cli/dump.ts';
import type { Value } from './values/types.ts';

const usage = `usage:
  node cli.ts backup --uri URI --out FILE   a consistent copy of the data file, while the server runs
  node cli.ts export --uri URI --out DIR    every collection as BSON files that mongorestore reads
  node cli.ts import --uri URI --in DIR     the same back, or what mongodump wrote
`;

interface Options {
  readonly uri: string;
  readonly out: string | undefined;
  readonly in: string | undefined;
}

async function backup(client: Client, { out }: Options): Promise<string> {
  const path = resolve(required(out, '--out'));
  const reply = await client.run(
    new Map<string, Value>([
      ['documentServerBackup', 1],
      ['to', path],
      ['$db', 'admin'],
    ]),
  );
  return `backup of ${textOf(reply.get('bytes'))} bytes written to ${path}`;
}

async function exportAll(client: Client, { uri, out }: Options): Promise<string> {
  const path = resolve(required(out, '--out'));
  const { collections, documents } = await exportTo(client, path, parseUri(uri).db);
  return `${documents} documents of ${collections} collections exported to ${path}`;
}

async function importAll(client: Client, options: Options): Promise<string> {
  const path = resolve(required(options.in, '--in'));
  const { collections, documents } = await importFrom(client, path);
  return `${documents} documents of ${collections} collections imported from ${path}`;
}

function required(value: string | undefined, name: string): string {
  if (value === undefined) throw new Error(`${name} is missing\n${usage}`);
  return value;
}

const commands: Readonly<Record<string, (client: Client, options: Options) => Promise<string>>> = {
  backup,
  export: exportAll,
  import: importAll,
};

async function run(): Promise<void> {
  const option = { type: 'string' } as const;
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { uri: option, out: option, in: option },
  });
  const command = commands[positionals[0] ?? ''];
  if (command === undefined || values.uri === undefined) throw new Error(usage);
  const client = await Client.open(parseUri(values.uri));
  try {
    const line = await command(client, { uri: values.uri, out: values.out, in: values.in });
    process.stdout.write(`${line}\n`);
  } finally {
    client.close();
  }
}

run().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
