/** Tests of the `evidence` contract. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advance } from '../../test/application.ts';
import { MemoryLedger, refusal } from '../../test/memory-ledger.ts';
import { openFund, operator, person, populate } from '../../test/world.ts';
import { FundContract } from '../fund/fund.contract.ts';
import { MemberContract } from '../member/member.contract.ts';
import { ProjectContract } from '../project/project.contract.ts';
import { EvidenceContract } from './evidence.contract.ts';

const file = { sha256: 'b'.repeat(64), size: 12, mediaType: 'application/pdf', chunksHash: 'c'.repeat(64) };

test('a file is anchored once per owner and found by its hash', async () => {
  const ledger = new MemoryLedger([MemberContract, FundContract, ProjectContract, EvidenceContract]);
  await populate(ledger);
  await openFund(ledger);
  await advance(ledger, 'apply');
  const anchoring = (kind: string, id: string, who = person('cph', 1)): Promise<unknown> =>
    ledger.submit('evidence:anchor', { ...file, owner: { kind, id } }, who);
  await anchoring('project', 'p-1');
  await anchoring('milestone', 'p-1~1');
  await assert.rejects(anchoring('project', 'p-1'), refusal('ALREADY_EXISTS'));
  await assert.rejects(anchoring('project', 'p-9'), refusal('NOT_FOUND'));
  await assert.rejects(anchoring('project', 'p-1', person('cph2', 1)), refusal('OUT_OF_SCOPE'));
  await assert.rejects(anchoring('other', 'x', operator('sys-admin')), refusal('ROLE_NOT_ALLOWED'));
  await assert.rejects(anchoring('other', 'x', person('aud', 1)), refusal('ROLE_NOT_ALLOWED'));
  const verify = (sha256: string): Promise<{ anchored: boolean; anchors: unknown[] }> =>
    ledger.query('evidence:verify', { sha256 }, person('aud', 1));
  assert.equal((await verify(file.sha256)).anchors.length, 2);
  assert.equal((await verify('d'.repeat(64))).anchored, false);
});
