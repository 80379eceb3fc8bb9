/** The platform's adapter on a test network, with identities that the network's authorities issue. */
import { openNetwork } from '../../src/blockchain/fabric/open-network.ts';
import type { FabricLedger } from '../../src/blockchain/fabric/fabric-ledger.ts';
import { revokeCertificate } from '../../src/blockchain/channel-config/revocation.ts';
import { MSP_IDS } from '../../src/blockchain/identity/certificate-authority.ts';
import { TestAuthorities } from '../../test/support/test-ledger.ts';
import { testChannel, type TestNetwork } from './test-network.ts';

let opened = 0;

/** An adapter with the authorities of its network. */
export interface OpenedAdapter {
  readonly ledger: FabricLedger;
  readonly authorities: TestAuthorities;
}

/** Opens an adapter as a process of its own would. @param name a process that comes after another one takes its name */
export async function openAdapter(
  network: Pick<TestNetwork, 'connectionFile' | 'dataDir'>,
  name?: string,
): Promise<OpenedAdapter> {
  opened += 1;
  const nothing = (): void => undefined;
  const { ledger, authorities } = await openNetwork({
    connectionFile: network.connectionFile,
    channel: testChannel,
    dataDir: network.dataDir,
    processName: name ?? `test${opened}`,
    limits: {
      evaluateMs: 5_000,
      endorseMs: 15_000,
      submitMs: 5_000,
      statusMs: 10_000,
      proposeMs: 40_000,
      settleMs: 60_000,
      maxInFlight: 400,
    },
    log: { info: nothing, warn: nothing, error: nothing },
    revoke: async (connection, mspId, serial) => {
      await revokeCertificate({ connection, mspId, serial });
    },
  });
  return { ledger, authorities: new TestAuthorities(MSP_IDS.map((mspId) => authorities[mspId])) };
}
