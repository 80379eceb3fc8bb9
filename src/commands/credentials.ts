/** Asks a person at the terminal for name, password and code; without a terminal, one a line from the input. */
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { Credentials } from '../models/account/account.service.ts';

/** @returns what was typed; no code when the line is empty */
export async function askCredentials(): Promise<Credentials> {
  const echo = { isOn: true };
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (echo.isOn) process.stdout.write(chunk);
      done();
    },
  });
  const lines = createInterface({ input: process.stdin, output, terminal: process.stdin.isTTY });
  const waiting = lines[Symbol.asyncIterator]();
  const ask = async (question: string, isSecret = false): Promise<string> => {
    if (process.stdin.isTTY) process.stdout.write(question);
    echo.isOn = !isSecret;
    const line = await waiting.next();
    echo.isOn = true;
    if (isSecret && process.stdin.isTTY) process.stdout.write('\n');
    return line.done === true ? '' : line.value.trim();
  };
  const username = await ask('User name: ');
  const password = await ask('Password: ', true);
  const code = await ask('One-time code (empty when none is set up): ');
  lines.close();
  return { username, password, ...(code === '' ? {} : { code }) };
}
