import assert from 'node:assert/strict';
import { test } from 'node:test';
import 'reflect-metadata';
import {
  AuthorityKeyIdentifierExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509Crl,
} from '@peculiar/x509';
import { createAuthority, issueUserCertificate } from '../identity/certificate-authority.ts';
import { makeList, plainSerial, serialsOf } from './revocation-list.ts';

test('a list names what was put in, signed by the authority', async () => {
  const authority = await createAuthority('CountyMSP', new Date());
  const request = { commonName: 'u1', attributes: {} };
  const { serial } = await issueUserCertificate(authority, request);
  const list = await makeList(authority, [serial, '00ab']);
  assert.deepEqual(serialsOf(list), [plainSerial(serial), 'AB']);
  const root = new X509Certificate(authority.certificate);
  assert.ok(await new X509Crl(Buffer.from(list)).verify({ publicKey: root }));
});

test('the list carries the key identifier of its authority, without which peers ignore it', async () => {
  const authority = await createAuthority('CountyMSP', new Date());
  const list = new X509Crl(Buffer.from(await makeList(authority, ['01'])));
  const root = new X509Certificate(authority.certificate);
  const own = root.getExtension(SubjectKeyIdentifierExtension)?.keyId;
  assert.ok(own);
  assert.equal(list.getExtension(AuthorityKeyIdentifierExtension)?.keyId, own);
});

test('serial numbers are compared in one form', () => {
  assert.equal(plainSerial('0a:0B'), 'A0B');
  assert.equal(plainSerial('00'), '0');
});
