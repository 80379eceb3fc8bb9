/** `npm run fabric:<command>`: makes, stops, shows and changes a Fabric network of plain processes on this machine. */
import { parseArgs } from 'node:util';
import { ConfigError } from '../src/config.ts';
import { StartError } from '../src/supervisor/start-error.ts';
import { complain } from '../src/supervisor/terminal.ts';
import { down } from './commands/down.ts';
import { logs } from './commands/logs.ts';
import { organisation } from './commands/organisation.ts';
import { reset } from './commands/reset.ts';
import { revoke } from './commands/revoke.ts';
import { status } from './commands/status.ts';
import { up } from './commands/up.ts';
import { upgrade } from './commands/upgrade.ts';

type Command = (args: string[]) => Promise<void>;

const commands: Readonly<Record<string, Command>> = {
  up: async (args) => {
    const { values } = parseArgs({
      args,
      options: {
        orgs: { type: 'string' },
        orderers: { type: 'string' },
        consensus: { type: 'string' },
        hosts: { type: 'string' },
        code: { type: 'string' },
        watch: { type: 'boolean', default: false },
      },
    });
    await up(values);
  },
  down: async () => down(),
  status: async () => status(),
  logs: async (args) => {
    const options = { follow: { type: 'boolean', default: false } } as const;
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    await logs({ process: positionals[0], follow: values.follow });
  },
  org: async (args) => {
    const options = { org: { type: 'string' } } as const;
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    await organisation({ words: positionals, org: values.org });
  },
  upgrade: async (args) => {
    const options = { org: { type: 'string' }, code: { type: 'string' } } as const;
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    await upgrade({ verb: positionals[0] ?? 'show', org: values.org, code: values.code });
  },
  revoke: async (args) => {
    const options = { msp: { type: 'string' } } as const;
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    await revoke({ what: positionals[0], msp: values.msp });
  },
  reset: async (args) => {
    const { values } = parseArgs({ args, options: { yes: { type: 'boolean', default: false } } });
    await reset(values.yes);
  },
};

// A terminal, or the end of a pipe, that has gone away is no fault.
process.stdout.on('error', () => undefined);
const [name = '', ...args] = process.argv.slice(2);
try {
  const command = commands[name];
  if (!command)
    throw new StartError(`Unknown command "${name}": one of ${Object.keys(commands).join(', ')}.`);
  await command(args);
} catch (error) {
  if (!isForPerson(error)) throw error;
  complain(error.message);
  process.exitCode = 1;
}

function isForPerson(error: unknown): error is Error {
  if (error instanceof StartError || error instanceof ConfigError) return true;
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}
