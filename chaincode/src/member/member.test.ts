/** Tests of the `member` contract and of the frame that every contract shares: rights, request ids, events. */
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { keyParts } from '#kernel/records/keys.ts';
import { MemoryLedger, refusal } from '../../test/memory-ledger.ts';
import { accountOf, bootstrap, operator, person, populate } from '../../test/world.ts';
import { MemberContract } from './member.contract.ts';

const newOrg = {
  id: 'new-org',
  name: '新单位',
  roles: ['implementing-unit'],
  division: '522634',
  level: 'county',
  uscc: null,
  issuerPublicKey: null,
};
const newUser = { id: 'new.1', orgId: 'imp', role: 'implementing-unit', posts: ['handle'] };
let ledger: MemoryLedger;

beforeEach(async () => {
  ledger = new MemoryLedger([MemberContract]);
  await populate(ledger);
});

test('the first transaction registers the three administrators and the machine user, once', async () => {
  const fresh = new MemoryLedger([MemberContract]);
  await assert.rejects(
    fresh.submit('member:registerOrganisation', newOrg, operator('sys-admin')),
    refusal('NOT_A_MEMBER'),
  );
  await bootstrap(fresh);
  for (const role of ['sys-admin', 'sec-admin', 'log-admin', 'platform'] as const) {
    assert.equal(fresh.record('USER', keyParts.USER(role))?.state, 'ACTIVE');
  }
  await assert.rejects(bootstrap(fresh), refusal('ALREADY_BOOTSTRAPPED'));
});

test('only the system administrator bootstraps, and only with four different users', async () => {
  const fresh = new MemoryLedger([MemberContract]);
  const organisation = { id: 'operator', name: '平台', division: '52', uscc: null };
  const users = { sysAdmin: 'sys-admin', secAdmin: 'x', logAdmin: 'x', platform: 'p' };
  const submit = fresh.submit('member:bootstrap', { organisation, users }, operator('sys-admin'));
  await assert.rejects(submit, refusal('SAME_PERSON'));
  const stranger = fresh.submit('member:bootstrap', { organisation, users }, operator('sec-admin'));
  await assert.rejects(stranger, refusal('ROLE_NOT_ALLOWED'));
});

test('a repeat of a request returns the first result and writes nothing; another body is refused', async () => {
  const call = { ...newOrg, requestId: 'same-request' };
  const first = await ledger.submit('member:registerOrganisation', call, operator('sys-admin'));
  const again = await ledger.submit('member:registerOrganisation', call, operator('sys-admin'));
  assert.deepEqual(again.result, first.result);
  assert.equal(again.writes.size, 0);
  assert.equal(again.events.length, 0);
  const other = { ...call, name: '别的单位' };
  await assert.rejects(
    ledger.submit('member:registerOrganisation', other, operator('sys-admin')),
    refusal('REQUEST_REUSED'),
  );
});

test('the certificate must agree with the record of the user and with the provider of the role', async () => {
  const call = (who: Parameters<MemoryLedger['query']>[2]): Promise<unknown> =>
    ledger.query('member:query', { kind: 'me' }, who);
  const good = person('cph', 1);
  assert.deepEqual(await call(good), { ...good, mspId: 'CountyMSP' });
  await assert.rejects(call({ ...good, mspId: 'ProvinceMSP' }), refusal('MSP_MISMATCH'));
  await assert.rejects(call({ ...good, orgId: 'cph2' }), refusal('NOT_A_MEMBER'));
  await assert.rejects(call({ ...good, role: 'local-finance' }), refusal('NOT_A_MEMBER'));
  await assert.rejects(call({ ...good, division: '52' }), refusal('NOT_A_MEMBER'));
  await assert.rejects(call({ ...good, userId: 'nobody' }), refusal('NOT_A_MEMBER'));
  for (const userId of ['x/CN=cph.1', 'cph.1::x', 'cph.1/CN=cph.1', 'cph.1 ', '']) {
    await assert.rejects(call({ ...good, userId }), refusal('NOT_A_MEMBER'));
  }
  const more = await call({ ...good, posts: ['handle', 'check', 'decide'] });
  assert.deepEqual((more as { posts: string[] }).posts, ['handle', 'check']);
});

test('an argument that is no JSON or misses a field is refused with its path', async () => {
  await assert.rejects(ledger.submit('member:activateUser', {}, operator('sec-admin')), (error: Error) => {
    const body = JSON.parse(error.message);
    assert.equal(body.code, 'INVALID_ARGUMENT');
    assert.deepEqual(body.details.issues[0].path, 'id');
    return true;
  });
});

test('a user is registered by one administrator and activated by the other', async () => {
  await assert.rejects(
    ledger.submit('member:registerUser', newUser, operator('sec-admin')),
    refusal('ROLE_NOT_ALLOWED'),
  );
  await ledger.submit('member:registerUser', newUser, operator('sys-admin'));
  const who = { ...person('imp', 1), userId: 'new.1', posts: ['handle'] as const };
  await assert.rejects(ledger.query('member:query', { kind: 'me' }, who), refusal('USER_DISABLED'));
  await assert.rejects(
    ledger.submit('member:activateUser', { id: 'new.1' }, operator('sys-admin')),
    refusal('ROLE_NOT_ALLOWED'),
  );
  const { events } = await ledger.submit('member:activateUser', { id: 'new.1' }, operator('sec-admin'));
  assert.deepEqual(
    events.map((event) => event.type),
    ['member.user-activated'],
  );
  await ledger.query('member:query', { kind: 'me' }, who);
  await assert.rejects(
    ledger.submit('member:activateUser', { id: 'new.1' }, operator('sec-admin')),
    refusal('WRONG_STATE'),
  );
});

test('a user gets only a role of the organisation', async () => {
  const call = ledger.submit(
    'member:registerUser',
    { ...newUser, role: 'leading-office' },
    operator('sys-admin'),
  );
  await assert.rejects(call, refusal('REFERENCE_INVALID'));
});

test('an organisation has roles of one provider, none of an administrator, and a division of its level', async () => {
  const submit = (change: object): Promise<unknown> =>
    ledger.submit('member:registerOrganisation', { ...newOrg, ...change }, operator('sys-admin'));
  await assert.rejects(submit({ roles: ['implementing-unit', 'bank-feed'] }), refusal('MSP_MISMATCH'));
  await assert.rejects(submit({ roles: ['sys-admin'] }), refusal('ROLE_NOT_ALLOWED'));
  await assert.rejects(submit({ division: '52' }), refusal('INVALID_ARGUMENT'));
  await assert.rejects(submit({ id: 'cph' }), refusal('ALREADY_EXISTS'));
});

test('a disabled user or organisation is out at once; the last administrator and oneself are not disabled', async () => {
  const disable = (kind: string, id: string, who = operator('sec-admin')): Promise<unknown> =>
    ledger.submit('member:disable', { kind, id, reason: '离任' }, who);
  await disable('user', 'imp.1');
  await assert.rejects(
    ledger.query('member:query', { kind: 'me' }, person('imp', 1)),
    refusal('USER_DISABLED'),
  );
  await disable('organisation', 'cph2');
  await assert.rejects(
    ledger.query('member:query', { kind: 'me' }, person('cph2', 1)),
    refusal('USER_DISABLED'),
  );
  await assert.rejects(disable('user', 'sys-admin'), refusal('LAST_ADMIN'));
  await assert.rejects(disable('user', 'sec-admin'), refusal('SAME_PERSON'));
  await assert.rejects(disable('organisation', 'operator'), refusal('LAST_ADMIN'));
  await assert.rejects(disable('user', 'imp.1'), refusal('WRONG_STATE'));
});

test('an account is proposed by one person of its organisation and confirmed by another', async () => {
  const content = { ...accountOf('imp'), account: '999900001111', purpose: 'unit' };
  const ref = { bankId: content.bankId, account: content.account };
  await assert.rejects(
    ledger.submit('member:registerAccount', content, person('cpc', 1)),
    refusal('OUT_OF_SCOPE'),
  );
  await assert.rejects(
    ledger.submit('member:registerAccount', content, person('imp', 2)),
    refusal('POST_MISSING'),
  );
  await ledger.submit('member:registerAccount', content, person('imp', 1));
  await assert.rejects(ledger.submit('member:confirmAccount', ref, person('imp', 1)), refusal('SAME_PERSON'));
  await ledger.submit('member:confirmAccount', ref, person('imp', 2));
  await assert.rejects(
    ledger.submit('member:registerAccount', content, person('imp', 1)),
    refusal('ALREADY_EXISTS'),
  );
  await ledger.submit('member:closeAccount', { ...ref, reason: '销户' }, person('imp', 2));
  await ledger.submit('member:registerAccount', content, person('imp', 1));
  assert.equal(ledger.record('ACCOUNT', keyParts.ACCOUNT(ref.bankId, ref.account))?.state, 'PROPOSED');
});

test('accounts and users of other organisations are hidden from those who do not need them', async () => {
  const accounts = { kind: 'accounts', orgId: 'imp' };
  assert.equal((await ledger.query<unknown[]>('member:query', accounts, person('imp', 1))).length, 1);
  assert.equal((await ledger.query<unknown[]>('member:query', accounts, person('plo', 1))).length, 1);
  await assert.rejects(ledger.query('member:query', accounts, person('cph', 1)), refusal('OUT_OF_SCOPE'));
  await assert.rejects(
    ledger.query('member:query', { kind: 'user', id: 'imp.1' }, person('cph', 1)),
    refusal('OUT_OF_SCOPE'),
  );
});
