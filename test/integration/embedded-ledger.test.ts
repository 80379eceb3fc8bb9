import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectEmbeddedLedger, type EmbeddedLedgerClient } from '../../src/blockchain/embedded/client.ts';
import { realDisk, type LedgerDisk } from '../../src/blockchain/embedded/disk.ts';
import { openEmbeddedLedger, type InProcessLedger } from '../../src/blockchain/embedded/embedded-ledger.ts';
import { signProposal } from '../../src/blockchain/embedded/proposal.codec.ts';
import { openAuthorities } from '../../src/blockchain/identity/authority-folder.ts';
import { MemoryDisk } from '../simulation/memory-disk.ts';
import type { LedgerUnderTest } from '../support/ledger-under-test.ts';
import { ledgerConformance } from '../support/ledger-conformance.ts';
import { startLedgerProcess, type LedgerProcess } from '../support/ledger-process.ts';
import { TEST_CHANNEL, TestAuthorities } from '../support/test-ledger.ts';
import { ToyContract } from '../support/toy-contract.ts';

ledgerConformance('in process', () => openInProcess());
ledgerConformance('over a disk in memory', () => openInProcess(new MemoryDisk()));
ledgerConformance('client and process', openProcess);

async function openInProcess(disk: LedgerDisk = realDisk): Promise<LedgerUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'ledger-'));
  const authorities = await TestAuthorities.create();
  const reopen = (): Promise<InProcessLedger> =>
    openEmbeddedLedger({
      folder,
      channel: TEST_CHANNEL,
      contracts: [ToyContract],
      mspRoots: authorities.roots,
      disk,
    });
  let ledger = await reopen();
  const restart = async (): Promise<InProcessLedger> => {
    await ledger.close();
    return (ledger = await reopen());
  };
  const close = async (): Promise<void> => {
    await ledger.close();
    await rm(folder, { recursive: true });
  };
  return { ...(await subjectOf(() => ledger, authorities)), restart, close };
}

async function openProcess(): Promise<LedgerUnderTest> {
  const data = await mkdtemp(join(tmpdir(), 'ledger-'));
  const socket = join(data, 'ledger.sock');
  const options = { data, socket, channel: TEST_CHANNEL };
  let running: LedgerProcess = await startLedgerProcess(options);
  const authorities = new TestAuthorities(Object.values(await openAuthorities(data)));
  const ledger = connectEmbeddedLedger({ socketPath: socket, channel: TEST_CHANNEL });
  const restart = async (): Promise<EmbeddedLedgerClient> => {
    await running.stop('SIGTERM');
    running = await startLedgerProcess(options);
    return ledger;
  };
  const close = async (): Promise<void> => {
    await ledger.close();
    await running.stop('SIGTERM');
    await rm(data, { recursive: true });
  };
  return { ...(await subjectOf(() => ledger, authorities)), restart, close };
}

async function subjectOf(
  current: () => InProcessLedger | EmbeddedLedgerClient,
  authorities: TestAuthorities,
): Promise<Omit<LedgerUnderTest, 'restart' | 'close'>> {
  const strangers = await TestAuthorities.create();
  return {
    ledger: current(),
    identity: (request) => authorities.identity(request),
    stranger: (request) => strangers.identity(request),
    revoke: (serial) => current().revoke(serial),
    submitTwice: async (call, identity) => {
      const context = { kind: 'submit', channel: TEST_CHANNEL, timestampMs: Date.now() } as const;
      const signed = await signProposal(context, call, identity);
      const [first] = await Promise.allSettled([current().submitSigned(signed)]);
      const [second] = await Promise.allSettled([current().submitSigned(signed)]);
      return [first, second];
    },
  };
}
