/** `npm run ledger:migrate -- propose | approve | run | check`: moves the embedded ledger's state to a Fabric network. */
import { resolve } from 'node:path';
import mongoose from 'mongoose';
import type { Authorities } from '../blockchain/identity/authority-folder.ts';
import { LedgerRefusal, type Ledger, type LedgerIdentity } from '../blockchain/ledger.port.ts';
import { loadStartConfig, type StartConfig } from '../config.ts';
import { readArchiveNote, writeArchiveNote } from '../migration/archive-note.ts';
import type { StateComparison } from '../migration/ledger-state.ts';
import { approve, compare, importAll, pack, propose, type Baggage } from '../migration/move.ts';
import { identityOnNetwork, renewKeys, type NewKeysDeps } from '../migration/new-keys.ts';
import { AccountService } from '../models/account/account.service.ts';
import { KeyModel, mongoKeyStorage } from '../models/key/key.storage.ts';
import { openLedger } from '../open-ledger.ts';
import { createSealer } from '../sealer.ts';
import { setLedgerChoice } from '../supervisor/ledger-choice.ts';
import { openSecrets } from '../supervisor/secrets.ts';
import { StartError } from '../supervisor/start-error.ts';
import { step, tell } from '../supervisor/terminal.ts';
import { askCredentials } from './credentials.ts';
import { withOwnServers } from './platform-access.ts';
import { runCommand } from './run-command.ts';

const VERBS = ['propose', 'approve', 'run', 'check'] as const;
type Verb = (typeof VERBS)[number];

/** Both ledgers, and what makes identities on the new one. */
interface Move {
  readonly dataDir: string;
  readonly earlier: Ledger;
  readonly later: Ledger;
  readonly keys: NewKeysDeps;
  readonly accounts: AccountService;
}

const verbs: Readonly<Record<Verb, (move: Move) => Promise<void>>> = {
  propose: async (move) => {
    const baggage = await packed(move);
    await propose(move.later, baggage.plan, await person(move));
    tell('Proposed. The security administrator approves with: npm run ledger:migrate -- approve');
  },
  approve: async (move) => {
    const baggage = await packed(move);
    await approve(move.later, baggage.plan, await person(move));
    tell('Approved. The system administrator moves it with: npm run ledger:migrate -- run');
  },
  run: async (move) => {
    const baggage = await packed(move);
    const by = await person(move);
    await step('imported', async () => {
      await importAll(move.later, baggage, by, (done, all) => {
        if (done % 20 === 0) tell(`    chunk ${done} of ${all}`);
      });
      return `${baggage.plan.entries} entries in ${baggage.plan.chunks} transactions`;
    });
    await told(move);
    await change(move, baggage);
  },
  check: async (move) => {
    await told(move);
  },
};

await runCommand(async () => {
  const verb = VERBS.find((one) => one === process.argv[2]);
  if (verb === undefined) throw new StartError(`Which step: ${VERBS.join(', ')}?`);
  const config = loadStartConfig();
  try {
    await withBoth(config, verbs[verb]);
  } catch (error) {
    if (error instanceof LedgerRefusal)
      throw new StartError(`The new ledger refused: ${error.code}, ${error.message}`);
    throw error;
  }
});

async function withBoth(config: StartConfig, work: (move: Move) => Promise<void>): Promise<void> {
  const dataDir = resolve(config.dataDir);
  const silent = (): void => undefined;
  const log = { info: silent, warn: silent, error: silent };
  const opened = await openLedger({ ...config, dataDir, ledger: 'fabric' }, '', {
    processName: 'migrate',
    log,
  }).catch((error: unknown) => {
    throw new StartError(error instanceof Error ? error.message : String(error));
  });
  try {
    await withOwnServers(config, async ({ ledger, connection }) => {
      // Accounts and keys live on Mongoose's own connection.
      mongoose.connection.setClient(connection.getClient());
      const key = config.keyEncryptionKey ?? openSecrets(dataDir).KEY_ENCRYPTION_KEY;
      await work({
        dataDir,
        earlier: ledger,
        later: opened.ledger,
        keys: keysOf(opened.authorities, key),
        accounts: new AccountService({ sealer: createSealer(key, 'totp'), now: () => new Date() }),
      });
    });
  } finally {
    await opened.ledger.close();
  }
}

function keysOf(authorities: Authorities, key: string): NewKeysDeps {
  return { authorities, storage: mongoKeyStorage, encryptionKey: Buffer.from(key, 'hex') };
}

async function packed({ earlier }: Move): Promise<Baggage> {
  const baggage = await pack(earlier);
  const { source, entries, chunks, digest } = baggage.plan;
  tell(
    `Earlier ledger: channel ${source.channel}, ${source.height} blocks, last block ${source.lastBlockHash}`,
  );
  tell(`To be moved: ${entries} entries in ${chunks} transactions, digest ${digest}`);
  return baggage;
}

/** Signs in as at the platform, and signs on the network as the person who signed in. */
async function person({ accounts, keys }: Move): Promise<LedgerIdentity> {
  const account = await accounts.signIn(await askCredentials()).catch((error: unknown) => {
    throw new StartError(`Not signed in: ${error instanceof Error ? error.message : String(error)}`);
  });
  return identityOnNetwork(keys, account.userId);
}

/** @throws StartError when the two differ */
async function told(move: Move): Promise<StateComparison> {
  const comparison = await step('both states compared', () => compare(move));
  for (const { type, records, fen } of comparison.totals)
    tell(`    ${type.padEnd(10)} ${String(records).padStart(8)} records ${fen > 0n ? `${fen} fen` : ''}`);
  if (!comparison.isSame) throw new StartError(`The states differ: ${comparison.differing.join('; ')}`);
  tell(`Both ledgers hold the same state, digest ${comparison.digests[1]}.`);
  return comparison;
}

/** From here on the platform runs on the network, and the earlier ledger is its archive. */
async function change({ dataDir, keys }: Move, { plan }: Baggage): Promise<void> {
  const users = await KeyModel.find({}, { _id: 1 }).lean();
  await step('new certificates', async () => {
    const made = await renewKeys(
      keys,
      users.map(({ _id }) => _id),
    );
    return `${made} of ${users.length} users`;
  });
  const { channel, height, lastBlockHash: hash } = plan.source;
  if (readArchiveNote(dataDir) === null)
    writeArchiveNote(dataDir, {
      channel,
      height,
      hash,
      digest: plan.digest,
      movedAt: new Date().toISOString(),
    });
  setLedgerChoice(dataDir, 'fabric');
  tell('The platform runs on the network from now on: LEDGER=fabric npm run serve');
}
