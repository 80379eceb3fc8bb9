/** Proves that an installation at rest holds every acknowledged flow once, and that its read model agrees with its ledger. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { describeDifference } from '../../../src/models/read-model/check-report.ts';
import { checkReadModel } from '../../../src/models/read-model/check.ts';
import { Checkpoints } from '../../../src/models/read-model/checkpoints.ts';
import type { Installation, Opened } from './installation.ts';
import type { WaitingLeg } from './setup.ts';

const restWithinMs = 40_000;

/** Waits until the inbox has carried everything to the ledger and the read model shows it. */
export async function untilAtRest({ ledger, connection }: Opened): Promise<void> {
  const inbox = connection.collection('inbox_flows');
  const checkpoints = new Checkpoints(connection, ledger.channel);
  const deadline = Date.now() + restWithinMs;
  for (;;) {
    const open = await inbox.countDocuments({ state: 'open' });
    const shown = await checkpoints.height();
    const { height } = await ledger.info();
    if (open === 0 && shown >= height) return;
    const state = `${open} flows open, ${shown} of ${height} blocks shown`;
    assert.ok(Date.now() < deadline, `the platform did not come to rest: ${state}`);
    await delay(100);
  }
}

/**
 * Waits for rest, then proves that every acknowledged flow is there once: in the inbox, on the ledger and in the read model.
 * @param acknowledged serial numbers of unregistered flows (they wait) and of legs' flows (they match)
 * @param legs legs whose flow was acknowledged
 */
export async function assertNothingLost(
  installation: Installation,
  acknowledged: ReadonlySet<string>,
  legs: readonly WaitingLeg[],
): Promise<void> {
  await installation.look(async (opened) => {
    await untilAtRest(opened);
    const inbox = await rowsBySerial(opened, 'inbox_flows', acknowledged);
    const flows = await rowsBySerial(opened, 'flows', acknowledged);
    const matched = new Set(legs.map((leg) => leg.serialNo));
    for (const serialNo of acknowledged) {
      const expected = matched.has(serialNo) ? 'MATCHED' : 'WAITING';
      assert.deepEqual(inbox.get(serialNo), ['done'], `inbox, flow ${serialNo}`);
      assert.deepEqual(flows.get(serialNo), [expected], `read model, flow ${serialNo}`);
    }
    await assertLegsPaidOnce(opened, legs);
    const { differences } = await checkReadModel(opened);
    assert.deepEqual(differences.flatMap(describeDifference), []);
  });
}

async function rowsBySerial(
  { connection }: Opened,
  collection: string,
  serials: ReadonlySet<string>,
): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  const rows = connection.collection(collection).find({}, { projection: { serialNo: 1, state: 1 } });
  for await (const row of rows) {
    const serialNo = String(row['serialNo']);
    if (serials.has(serialNo)) found.set(serialNo, [...(found.get(serialNo) ?? []), String(row['state'])]);
  }
  return found;
}

async function assertLegsPaidOnce({ connection }: Opened, legs: readonly WaitingLeg[]): Promise<void> {
  for (const { draftId, legId, amountFen, serialNo } of legs) {
    const leg = await connection.collection('legs').findOne({ draftId, legId });
    const what = `leg ${legId} paid by ${serialNo}`;
    assert.deepEqual([leg?.['state'], String(leg?.['matchedFen'])], ['MATCHED', amountFen], what);
  }
}
