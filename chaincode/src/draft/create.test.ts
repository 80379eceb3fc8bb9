/** Tests of issuing again: only for an approved project whose draft was cancelled, with a number and a signature of its own. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { draftNumber } from '#kernel/draft-number.ts';
import { immutableFields, signingText } from '#kernel/new-draft.ts';
import { keyParts } from '#kernel/records/keys.ts';
import type { Project } from '#kernel/records/project.ts';
import { sm2 } from 'sm-crypto-v2';
import { advance, draftIdOfWorld, issuedOn, issuerKeys, signatureFor } from '../../test/application.ts';
import { copyWorld } from '../../test/drafts.ts';
import { MemoryLedger, refusal } from '../../test/memory-ledger.ts';
import { openFund, person, populate } from '../../test/world.ts';
import { FundContract } from '../fund/fund.contract.ts';
import { MemberContract } from '../member/member.contract.ts';
import { ProjectContract } from '../project/project.contract.ts';
import { DraftContract } from './draft.contract.ts';

const contracts = [MemberContract, FundContract, ProjectContract, DraftContract];
const world = new MemoryLedger(contracts);
await populate(world, issuerKeys.publicKey);
await openFund(world);
await advance(world, 'decide');
const second = draftNumber({ division: '52', issuedOn, serial: 2 });
let ledger: MemoryLedger;

beforeEach(() => {
  ledger = new MemoryLedger(contracts);
  copyWorld(world, ledger);
});

function project(): Project {
  const found = ledger.record('PROJECT', keyParts.PROJECT('p-1'));
  assert.ok(found);
  return found;
}

async function cancel(): Promise<void> {
  const args = { DraftID: draftIdOfWorld, reason: '计划有误' };
  await ledger.submit('draft:cancel', args, person('plo', 1));
  await ledger.submit('draft:cancel', args, person('plo', 2));
}

async function create(other: Record<string, unknown> = {}): Promise<unknown> {
  const InstructionSign = signatureFor(project(), second);
  const args = { ProjectID: 'p-1', DraftID: second, issuedOn, InstructionSign, ...other };
  return ledger.submit('draft:create', args, person('plo', 3));
}

test('the signature on the ledger verifies over the immutable fields of the record', () => {
  const draft = ledger.record('DRAFT', keyParts.DRAFT(draftIdOfWorld));
  assert.ok(draft);
  const text = signingText(immutableFields(draft));
  const options = { hash: true, der: true };
  assert.ok(sm2.doVerifySignature(text, draft.InstructionSign, issuerKeys.publicKey, options));
  const changed = signingText(immutableFields({ ...draft, Amount: '1' }));
  assert.ok(!sm2.doVerifySignature(changed, draft.InstructionSign, issuerKeys.publicKey, options));
});

test('a live draft is not issued again; a cancelled one is, under a new number', async () => {
  await assert.rejects(create(), refusal('WRONG_STATE'));
  await cancel();
  await create();
  assert.equal(project().draftId, second);
  assert.equal(ledger.record('DRAFT', keyParts.DRAFT(second))?.Status, 'ISSUED');
  assert.equal(ledger.record('DRAFT', keyParts.DRAFT(draftIdOfWorld))?.Status, 'TERMINATED');
  await assert.rejects(create(), refusal('WRONG_STATE'));
});

test('a wrong number, a used number or a signature over something else issues nothing', async () => {
  await cancel();
  await assert.rejects(create({ DraftID: `${second.slice(0, -1)}x` }), refusal('INVALID_ARGUMENT'));
  await assert.rejects(create({ issuedOn: '2026-11-21' }), refusal('INVALID_ARGUMENT'));
  const other = draftNumber({ division: '52', issuedOn, serial: 3 });
  await assert.rejects(create({ DraftID: other }), refusal('SIGNATURE_INVALID'));
  await assert.rejects(create({ InstructionSign: 'no signature' }), refusal('SIGNATURE_INVALID'));
  const again = { DraftID: draftIdOfWorld, InstructionSign: signatureFor(project()) };
  await assert.rejects(create(again), refusal('ALREADY_EXISTS'));
});
