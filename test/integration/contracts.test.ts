/** The contracts on the embedded ledger, through fabric-shim's dispatcher and with real certificates. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { advance, issuerKeys } from '../../chaincode/test/application.ts';
import { refusal } from '../../chaincode/test/memory-ledger.ts';
import { acceptMilestone, draftNow, payLeg, requestRedemption } from '../../chaincode/test/whole-life.ts';
import { openFund, operator, person, populate } from '../../chaincode/test/world.ts';
import { openContractChannel, type ContractChannel } from '../support/contract-channel.ts';

let channel: ContractChannel;
before(async () => {
  channel = await openContractChannel();
  await populate(channel, issuerKeys.publicKey);
  await openFund(channel);
});
after(() => channel.opened.close());

test('every contract offers the agreed functions and no other', async () => {
  const call = { contract: 'org.hyperledger.fabric', fn: 'GetMetadata', args: [] };
  const text = await channel.opened.ledger.evaluate(call, await channel.identity(operator('platform')));
  const metadata = JSON.parse(text) as { contracts: Record<string, { transactions: { name: string }[] }> };
  const names = Object.entries(metadata.contracts)
    .filter(([name]) => name !== 'org.hyperledger.fabric')
    .map(([name, { transactions }]) => [
      name,
      transactions
        .map((one) => one.name)
        .sort()
        .join(' '),
    ]);
  assert.deepEqual(Object.fromEntries(names), {
    fund: 'closeCall confirm confirmCalendar confirmCall create list openCall planExit proposeCalendar query',
    project:
      'apply check checkProgress close countersign decide history query reportProgress return review withdraw',
    draft: 'accept cancel create freeze history path query recall split unfreeze',
    reconciliation: 'checking ingest ingestAll match query register unmatched withdrawRegistration',
    alert: 'assign close explain query rectify report review tick',
    evidence: 'anchor verify',
    migration: 'approve importChunk propose read',
    member:
      'activateUser bootstrap closeAccount confirmAccount disable query registerAccount registerOrganisation registerUser',
  });
});

test('a project lives from application to close on the ledger', async () => {
  await advance(channel, 'decide');
  for (const legId of ['F1', 'F2', 'B1', 'B2', 'D1']) await payLeg(channel, legId, '2026-11-30');
  for (const no of [1, 2]) {
    await acceptMilestone(channel, no);
    await requestRedemption(channel, no);
    await payLeg(channel, `M${no}`, '2026-12-15');
  }
  assert.equal((await draftNow(channel)).Status, 'SETTLED');
  await channel.submit('project:close', { id: 'p-1', opinion: '完结。' }, person('plo', 3));
});

test('a refusal reaches the caller with its code; a certificate without a member is refused', async () => {
  const stranger = { ...person('cph', 1), userId: 'stranger' };
  await assert.rejects(channel.query('member:query', { kind: 'me' }, stranger), refusal('NOT_A_MEMBER'));
  const widened = { ...person('cph', 1), division: '52' };
  await assert.rejects(channel.query('member:query', { kind: 'me' }, widened), refusal('NOT_A_MEMBER'));
});
