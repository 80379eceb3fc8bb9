// Owns the commands by which a driver gets to know the server: hello, ping, buildInfo, serverStatus and the like.
import { int } from '../values/readers.ts';
import { doc, type Doc, type Value } from '../values/types.ts';
import { ok, type Command } from './context.ts';
import { messageBytesMax } from '../wire/message.ts';
import { documentBytesMax } from '../storage/rows.ts';

/** The MongoDB release whose behaviour is followed. */
export const serverVersion = '7.0.0';

const hello: Command = (call) => {
  const fields: Doc = new Map<string, Value>([
    ['helloOk', true],
    [call.name === 'hello' ? 'isWritablePrimary' : 'ismaster', true],
    ['maxBsonObjectSize', int(documentBytesMax)],
    ['maxMessageSizeBytes', int(messageBytesMax)],
    ['maxWriteBatchSize', int(100000)],
    ['localTime', new Date()],
    ['logicalSessionTimeoutMinutes', int(30)],
    ['connectionId', int(1)],
    ['minWireVersion', int(0)],
    ['maxWireVersion', int(21)],
    ['readOnly', false],
  ]);
  return fields.set('ok', 1);
};

const buildInfo: Command = () =>
  ok(
    ['version', serverVersion],
    ['versionArray', [int(7), int(0), int(0), int(0)]],
    ['modules', ['document-server']],
    ['bits', int(64)],
    ['maxBsonObjectSize', int(documentBytesMax)],
    ['storageEngines', ['sqlite']],
  );

const serverStatus: Command = (_call, context) => context.stats.report();

/** Commands that do not touch documents. */
export const sessionCommands: Readonly<Record<string, Command>> = {
  hello,
  ismaster: hello,
  isMaster: hello,
  ping: () => ok(),
  buildInfo,
  buildinfo: buildInfo,
  serverStatus,
  endSessions: () => ok(),
  connectionStatus: () => ok(['authInfo', doc(['authenticatedUsers', []], ['authenticatedUserRoles', []])]),
};
