/** Puts the parts of the bank together and runs them. */

import { watchFile, unwatchFile } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { SampleBank } from './bank.ts';
import { Database } from './books/database.ts';
import { Heart } from './push/heartbeat.ts';
import { Pusher } from './push/pusher.ts';
import { SetupFile } from './setup.ts';
import { createWeb } from './web/server.ts';

/** How to run the bank. */
export interface RunOptions {
  /** Folder of setup.json and of the books. */
  readonly dataFolder: string;
  /** Port of 127.0.0.1; 0 = any. */
  readonly port: number;
  /** Goes before the platform's address in setup.json. */
  readonly platformUrl?: string | undefined;
  readonly now?: () => Date;
}

/** A running bank. */
export interface RunningBank {
  readonly port: number;
  /** Stops it; what was acknowledged is kept. */
  close(): Promise<void>;
}

const LOOK_AT_SETUP_MS = 500;

/** @returns the bank, listening */
export async function runBank({
  dataFolder,
  port,
  platformUrl,
  now = () => new Date(),
}: RunOptions): Promise<RunningBank> {
  const database = new Database(dataFolder);
  const setup = new SetupFile(join(dataFolder, 'setup.json'));
  const bank: SampleBank = new SampleBank({ database, now, onPush: () => pusher.wake() });
  const pusher = new Pusher({ bank, setup, platformUrl, now });
  const heart = new Heart({ bank, setup, pusher, now });
  setup.onChange = ({ accounts }) => {
    bank.accounts.takeOver(accounts);
    pusher.wake();
    heart.start();
  };
  const web = createWeb({
    bank,
    setup,
    heart,
    platformUrl: () => platformUrl ?? setup.current?.platformUrl ?? '/',
  });
  const bound = await listen(web, port);
  setup.refresh();
  pusher.wake();
  watchFile(setup.path, { interval: LOOK_AT_SETUP_MS, persistent: false }, () => setup.refresh());
  return {
    port: bound,
    close: async () => {
      unwatchFile(setup.path);
      web.closeAllConnections();
      await new Promise((resolve) => web.close(resolve));
      await Promise.all([pusher.stop(), heart.stop()]);
      database.close();
    },
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address ? address.port : port);
    });
  });
}
