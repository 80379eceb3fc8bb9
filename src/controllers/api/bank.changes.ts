/** Keys and access of the banks that push flows: given in two hands, taken back by one. */
import { z } from 'zod';
import { shown } from '../../models/bank/bank.page.ts';
import { longestOverlapHours } from '../../models/bank/bank-key.rules.ts';
import { DomainError } from '../../models/kernel/errors.ts';
import { change, type Asked, type Change, type Question } from './types.ts';

const tag = '银行接口 banks';
const keyPath = '/banks/{id}/keys/{keyId}';
const nothing = z.object({});

export const bankChanges: readonly Change[] = [
  change({
    method: 'post',
    path: '/banks/{id}/keys',
    tag,
    summary:
      '签发密钥 Issue a key: HMAC unless a public key (Ed25519 base64, SM2 hex) is given; opens nothing until activated; the secret is told this once',
    right: 'bank.issueKey',
    body: z.object({
      publicKey: z.string().max(400).optional(),
      overlapHours: z
        .int()
        .min(0)
        .max(longestOverlapHours)
        .optional()
        .describe('Hours that the earlier keys stay live after activation; absent = until they are revoked'),
    }),
    run: async ({ platform, person, params, body }) => {
      const { publicKey, overlapHours } = body;
      const { secret, ...result } = await platform.services.banks.issueKey(params.id ?? '', person.userId, {
        ...(publicKey === undefined ? {} : { publicKey }),
        ...(overlapHours === undefined ? {} : { overlapHours }),
      });
      return { result, ...(secret === null ? {} : { secret: { secret } }) };
    },
  }),
  change({
    method: 'post',
    path: `${keyPath}/activate`,
    tag,
    summary: '启用密钥 Activate a key, by a second person',
    right: 'bank.activateKey',
    body: nothing,
    run: async ({ platform, person, params }) => {
      await platform.services.banks.activateKey(params.id ?? '', params.keyId ?? '', person.userId);
      return { result: { keyId: params.keyId } };
    },
  }),
  change({
    method: 'post',
    path: `${keyPath}/revoke`,
    tag,
    summary: '吊销密钥 Revoke a key at once, by one person alone',
    right: 'bank.revokeKey',
    body: nothing,
    run: async ({ platform, person, params }) => {
      await platform.services.banks.revokeKey(params.id ?? '', params.keyId ?? '', person.userId);
      return { result: { keyId: params.keyId } };
    },
  }),
  change({
    method: 'post',
    path: '/banks/{id}/access',
    tag,
    summary: '访问限制 Set from where and how a bank may call',
    right: 'bank.setAccess',
    body: z.object({
      addresses: z
        .array(z.string().max(64))
        .max(200)
        .default([])
        .describe('Addresses and networks; empty = any'),
      certificate: z
        .object({ caPem: z.string().max(20_000), commonName: z.string().min(1).max(200) })
        .nullable()
        .default(null),
      ratePerSecond: z.int().min(1).max(100_000).nullable().default(null),
    }),
    run: async ({ platform, person, params, body }) => {
      await platform.services.banks.setAccess(params.id ?? '', person.userId, body);
      return { result: { bankId: params.id } };
    },
  }),
];

/** @throws DomainError ROLE_NOT_ALLOWED for everybody but the two administrators of keys */
async function keysOf({ platform, person, params }: Asked): Promise<unknown> {
  if (!['sys-admin', 'sec-admin'].includes(person.role))
    throw new DomainError('ROLE_NOT_ALLOWED', `${person.userId} looks after no keys`);
  const bank = (await platform.services.banks.list()).find((one) => one._id === params.id);
  if (bank === undefined) throw new DomainError('NOT_FOUND', 'no such bank');
  return { bankId: bank._id, keys: bank.keys.map((key) => shown(key, platform.now())) };
}

export const bankQuestions: readonly Question[] = [
  { path: '/banks/{id}/keys', tag, summary: '密钥 Keys of a bank and where each stands', answer: keysOf },
];
