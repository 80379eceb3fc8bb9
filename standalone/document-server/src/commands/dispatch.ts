// Owns finding a command by its name, running it, and turning refusals into MongoDB's error answers.
import { MongoError } from '../errors.ts';
import type { Log } from '../log.ts';
import { int } from '../values/readers.ts';
import type { Doc, Value } from '../values/types.ts';
import type { Request } from '../wire/message.ts';
import { Call, type Command, type Context } from './context.ts';
import { findAndModifyCommands } from './find-and-modify.ts';
import { explainCommands } from './explain.ts';
import { readCommands } from './read.ts';
import { schemaCommands } from './schema.ts';
import { sessionCommands } from './session.ts';
import { writeCommands } from './write.ts';

const commands: Readonly<Record<string, Command>> = {
  ...sessionCommands,
  ...readCommands,
  ...explainCommands,
  ...writeCommands,
  ...findAndModifyCommands,
  ...schemaCommands,
};

const readingCommands = new Set([...Object.keys(sessionCommands), ...Object.keys(readCommands)]);

/** Runs a request; answers only when everything it wrote is on disk. Never rejects. */
export async function dispatch(request: Request, context: Context, log: Log): Promise<Doc> {
  const call = new Call(request);
  const { aborts } = context.store;
  try {
    const reply = await commandFor(call)(call, context);
    await context.store.settled();
    if (aborts !== context.store.aborts && !readingCommands.has(call.name))
      throw new MongoError(1, 'the data file could not be written; the outcome of this command is unknown');
    return reply;
  } catch (error) {
    if (error instanceof MongoError) return errorReply(error);
    log.error('command failed', {
      command: call.name,
      error: error instanceof Error ? error.stack : String(error),
    });
    return errorReply(new MongoError(1, 'the server met an error of its own; its log tells more'));
  } finally {
    context.stats.count(Object.hasOwn(commands, call.name) ? call.name : 'unknown');
  }
}

function commandFor(call: Call): Command {
  const command = Object.hasOwn(commands, call.name) ? commands[call.name] : undefined;
  if (command === undefined) throw new MongoError(59, `no such command: '${call.name}'`);
  if (call.body.has('startTransaction') || call.body.has('autocommit') || call.body.has('txnNumber'))
    throw new MongoError(20, 'Transaction numbers are only allowed on a replica set member or mongos');
  if (call.db.length > 0) return command;
  throw new MongoError(73, 'a command needs a database');
}

function errorReply(error: MongoError): Doc {
  return new Map<string, Value>([
    ['ok', 0],
    ['errmsg', error.message],
    ['code', int(error.code)],
    ['codeName', error.codeName],
    ...([...error.extra] as [string, Value][]),
  ]);
}
