/** Tests of the `migration` contract. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstDigest, nextDigest, type MigrationEntry } from '#kernel/records/migration.ts';
import { MemoryLedger, refusal } from '../../test/memory-ledger.ts';
import { operator, populate } from '../../test/world.ts';
import { MemberContract } from '../member/member.contract.ts';
import { MigrationContract } from './migration.contract.ts';

const source = { channel: 'fupin', height: 12, lastBlockHash: 'a'.repeat(64) };
const proposer = operator('sys-admin');
const approver = operator('sec-admin');

async function entriesOfWorld(): Promise<MigrationEntry[]> {
  const old = new MemoryLedger([MemberContract]);
  await populate(old);
  return [...old.state].sort(([a], [b]) => (a < b ? -1 : 1));
}

function planOf(chunks: readonly (readonly MigrationEntry[])[]): Record<string, unknown> {
  const digest = chunks.reduce((running, entries) => nextDigest(running, entries), firstDigest(source));
  return { source, entries: chunks.flat().length, chunks: chunks.length, digest };
}

async function setUp(): Promise<{
  ledger: MemoryLedger;
  chunks: MigrationEntry[][];
  plan: Record<string, unknown>;
}> {
  const entries = await entriesOfWorld();
  const chunks = [entries.slice(0, 10), entries.slice(10)];
  return { ledger: new MemoryLedger([MemberContract, MigrationContract]), chunks, plan: planOf(chunks) };
}

const approval = (plan: Record<string, unknown>): Record<string, unknown> => ({
  digest: plan.digest,
  lastBlockHash: source.lastBlockHash,
});

test('a state comes over text for text, after two persons, and members then act on it', async () => {
  const { ledger, chunks, plan } = await setUp();
  await ledger.submit('migration:propose', plan, proposer);
  await ledger.submit('migration:approve', approval(plan), approver);
  for (const [chunk, entries] of chunks.entries())
    await ledger.submit('migration:importChunk', { requestId: `move-${chunk}-0`, chunk, entries }, proposer);
  for (const [key, value] of chunks.flat()) assert.equal(ledger.state.get(key), value);
  const state = await ledger.query<{ state: string; taken: number }>('migration:read', {}, proposer);
  assert.deepEqual([state.state, state.taken], ['DONE', chunks.flat().length]);
  const disabling = { requestId: 'after-the-move', kind: 'user', id: 'cph.1', reason: '调离' };
  await ledger.submit('member:disable', disabling, proposer);
  const more = { requestId: 'move-2-0', chunk: 2, entries: chunks[0] };
  const again = ledger.submit('migration:importChunk', more, proposer);
  await assert.rejects(again, refusal('WRONG_STATE'));
});

test('nothing is imported before the approval, which another person gives to this very content', async () => {
  const { ledger, chunks, plan } = await setUp();
  await ledger.submit('migration:propose', plan, proposer);
  const early = ledger.submit('migration:importChunk', { chunk: 0, entries: chunks[0] }, proposer);
  await assert.rejects(early, refusal('WRONG_STATE'));
  const approve = (args: Record<string, unknown>, who = approver): Promise<unknown> =>
    ledger.submit('migration:approve', args, who);
  await assert.rejects(approve({ ...approval(plan), digest: 'b'.repeat(64) }), refusal('CONTENT_CHANGED'));
  await assert.rejects(
    approve({ ...approval(plan), lastBlockHash: 'b'.repeat(64) }),
    refusal('CONTENT_CHANGED'),
  );
  await assert.rejects(approve(approval(plan), proposer), refusal('ROLE_NOT_ALLOWED'));
  const sameName = { ...approver, userId: proposer.userId };
  await assert.rejects(approve(approval(plan), sameName), refusal('SAME_PERSON'));
  await approve(approval(plan));
  await assert.rejects(ledger.submit('migration:propose', plan, proposer), refusal('WRONG_STATE'));
});

test('chunks come in order, hold records alone, and end in what was approved', async () => {
  const { ledger, chunks, plan } = await setUp();
  await ledger.submit('migration:propose', plan, proposer);
  await ledger.submit('migration:approve', approval(plan), approver);
  const take = (chunk: number, entries: unknown): Promise<unknown> =>
    ledger.submit('migration:importChunk', { requestId: `move-${chunk}-0`, chunk, entries }, proposer);
  await assert.rejects(take(1, chunks[1]), refusal('WRONG_STATE'));
  await assert.rejects(take(0, [['plain', '{}']]), refusal('INVALID_ARGUMENT'));
  await assert.rejects(take(0, [['\u0000ORG\u0000x\u0000', '{"id":"x"}']]), refusal('INVALID_ARGUMENT'));
  await assert.rejects(take(0, [['\u0000MIGRATION\u0000state\u0000', '{}']]), refusal('INVALID_ARGUMENT'));
  await take(0, chunks[0]);
  await assert.rejects(take(1, chunks[1]!.toReversed()), refusal('CONTENT_CHANGED'));
  await take(1, chunks[1]);
});

test('a channel with members of its own takes no other state', async () => {
  const { plan } = await setUp();
  const ledger = new MemoryLedger([MemberContract, MigrationContract]);
  await populate(ledger);
  await assert.rejects(ledger.submit('migration:propose', plan, proposer), refusal('ALREADY_BOOTSTRAPPED'));
});
