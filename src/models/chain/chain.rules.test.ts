import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAuthority, issueUserCertificate } from '../../blockchain/identity/certificate-authority.ts';
import { creatorOf } from './creator.rules.ts';
import { domainEventsOf } from './envelope.rules.ts';

test('a creator is read from common name and attributes of the certificate', async () => {
  const authority = await createAuthority('CountyMSP', new Date());
  const { certificate } = await issueUserCertificate(authority, {
    mspId: 'CountyMSP',
    commonName: 'cph.handle',
    attributes: { org: 'cph', role: 'county-command', division: '522634', posts: 'handle' },
  } as Parameters<typeof issueUserCertificate>[1]);
  assert.deepEqual(creatorOf(certificate), { userId: 'cph.handle', orgId: 'cph' });
});

test('an unreadable certificate gives no creator and stops nothing', () => {
  assert.deepEqual(creatorOf('no certificate'), { userId: '', orgId: '' });
});

test('only an event of the agreed name and form has domain events', () => {
  const payload = JSON.stringify({ v: 1, events: [{ type: 'leg.matched', subject: { draftId: 'd1' } }] });
  assert.deepEqual(domainEventsOf({ name: 'fupin', payload }), [
    { type: 'leg.matched', subject: { draftId: 'd1' }, orgIds: [], division: '' },
  ]);
  assert.deepEqual(domainEventsOf({ name: 'other', payload }), []);
  assert.deepEqual(domainEventsOf({ name: 'fupin', payload: 'not json' }), []);
  assert.deepEqual(domainEventsOf({ name: 'fupin', payload: '{"v":2}' }), []);
  assert.deepEqual(domainEventsOf(null), []);
});
