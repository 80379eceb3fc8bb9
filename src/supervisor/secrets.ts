/** Makes the secrets of an installation at its first start and keeps them in its data folder, mode 0600. */

import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { readJson, writeWhole } from './data-folder.ts';
import { StartError } from './start-error.ts';

const schema = z.object({
  /** Signs session cookies. */
  SESSION_SECRET: z.string().min(32),
  /** 32 bytes, hexadecimal; encrypts keys at rest. */
  KEY_ENCRYPTION_KEY: z.string().length(64),
  /** Password of the private Redis. */
  REDIS_PASSWORD: z.string().min(32),
});

/** The secrets of one installation, by the names of their variables. */
export type Secrets = z.output<typeof schema>;

/**
 * @param dataFolder the data folder
 * @returns its secrets, made now when there were none
 * @throws StartError when the file is damaged, since data encrypted under a lost key cannot be read again
 */
export function openSecrets(dataFolder: string): Secrets {
  const file = join(dataFolder, 'secrets.json');
  if (!existsSync(file)) writeWhole(file, JSON.stringify(makeSecrets(), null, 2));
  chmodSync(file, 0o600);
  const secrets = readJson(file, schema);
  if (!secrets)
    throw new StartError(`${file} is damaged: put it back from a backup, since the stored keys need it.`);
  return secrets;
}

function makeSecrets(): Secrets {
  return {
    SESSION_SECRET: randomBytes(32).toString('hex'),
    KEY_ENCRYPTION_KEY: randomBytes(32).toString('hex'),
    REDIS_PASSWORD: randomBytes(32).toString('hex'),
  };
}
