/** What a bank signs with: chosen while it runs, with keys that it makes for itself and keeps. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accounts, openTown } from './town.ts';

const transfer = { payerAccount: accounts.finance, payeeAccount: accounts.builder, amountFen: '100' };

for (const [algorithm, form, mark] of [
  ['sm2', /^04[0-9a-f]{128}$/, /^sm2,\S+$/],
  ['ed25519', /^\S{43}=$/, /^v1a,\S+$/],
] as const)
  test(`a bank makes a key of its own and signs with ${algorithm} alone, after a restart too`, async (t) => {
    const town = await openTown(t);
    const early = await town.post('banks/bank-a/signer', { signer: algorithm });
    assert.equal(early.status, 409, 'there is no such key yet');
    const { body } = await town.post('banks/bank-a/keys', { algorithm });
    const publicKey = String(body['publicKey']);
    assert.match(publicKey, form);
    assert.ok(!('privateKey' in body));
    const again = await town.post('banks/bank-a/keys', { algorithm });
    assert.equal(again.body['publicKey'], publicKey, 'made once');
    town.receiver.trust('bank-a', { [algorithm]: publicKey });
    assert.equal((await town.post('banks/bank-a/signer', { signer: algorithm })).status, 200);
    await town.post('transfers', transfer);
    const [first] = await town.receiver.untilFlows(1);
    assert.match(first?.signature ?? '', mark);
    await town.restart();
    await town.post('transfers', transfer);
    // Payer and payee are at one bank: two entries for each transfer.
    const flows = await town.receiver.untilFlows(4);
    assert.ok(flows.every(({ signature }) => mark.test(signature)));
  });

test('all keys at once give several signatures; an unknown bank or algorithm is refused', async (t) => {
  const town = await openTown(t);
  const keys: Record<string, string> = {};
  for (const algorithm of ['sm2', 'ed25519'])
    keys[algorithm] = String((await town.post('banks/bank-b/keys', { algorithm })).body['publicKey']);
  town.receiver.trust('bank-b', keys);
  assert.equal((await town.post('banks/bank-b/signer', { signer: 'all' })).status, 200);
  await town.post('transfers', {
    ...{ payerAccount: accounts.county, payeeAccount: accounts.fund, amountFen: '100' },
  });
  const [flow] = await town.receiver.untilFlows(1);
  assert.match(flow?.signature ?? '', /^v1a,\S+ sm2,\S+$/);
  assert.equal((await town.post('banks/bank-x/keys', { algorithm: 'sm2' })).status, 404);
  assert.equal((await town.post('banks/bank-a/signer', { signer: 'rsa' })).status, 400);
});
