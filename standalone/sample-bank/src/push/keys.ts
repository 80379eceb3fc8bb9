/** Keys that a bank makes for itself, and the choice of the one it signs with. */

import { randomBytes } from 'node:crypto';
import { sm2 } from 'sm-crypto-v2';
import type { Settings } from '../books/settings.ts';
import { Fault } from '../fault.ts';
import type { Bank } from '../setup.ts';
import { publicKeysOf } from './sign.ts';

/** Algorithms that a bank can make a key for by itself; the secret of HMAC comes from the platform. */
export const ownAlgorithms = ['ed25519', 'sm2'] as const;
export type OwnAlgorithm = (typeof ownAlgorithms)[number];
/** What a bank signs with; `all` = every key it has, several signatures in one header. */
export const signers = ['hmac', ...ownAlgorithms, 'all'] as const;
export type Signer = (typeof signers)[number];

const fields = { hmac: 'hmacSecret', ed25519: 'ed25519PrivateKey', sm2: 'sm2PrivateKey' } as const;

const makers: Readonly<Record<OwnAlgorithm, () => string>> = {
  ed25519: () => randomBytes(32).toString('base64'),
  sm2: () => sm2.generateKeyPairHex().privateKey,
};

/** The bank with the keys of its setup and those that it made. */
export function withOwnKeys(bank: Bank, settings: Settings): Bank {
  const made = ownAlgorithms.flatMap((one) => {
    const key = settings.keyOf(bank.bankId, one);
    return key === '' ? [] : [[fields[one], key] as const];
  });
  return { ...Object.fromEntries(made), ...bank };
}

/** The bank with the keys alone that it signs with now: those of its setup until somebody chose. */
export function signingBank(bank: Bank, settings: Settings): Bank {
  const signer = signers.find((one) => one === settings.signerOf(bank.bankId));
  if (signer === undefined) return bank;
  const whole = withOwnKeys(bank, settings);
  if (signer === 'all') return whole;
  const { bankId, name } = bank;
  return { bankId, name, [fields[signer]]: whole[fields[signer]] };
}

/** Chooses what a bank signs with from now on. @throws Fault when it has no such key */
export function choose(bank: Bank, settings: Settings, signer: Signer): void {
  const whole = withOwnKeys(bank, settings);
  if (signer !== 'all' && whole[fields[signer]] === undefined)
    throw new Fault('conflict', `${bank.name}没有 ${signer} 密钥：先生成，并在平台登记启用其公钥。`);
  settings.setSigner(bank.bankId, signer);
}

/** The public key to enter on the platform; made now when the bank has none. */
export function publicKeyFor(bank: Bank, settings: Settings, algorithm: OwnAlgorithm): string {
  const known = publicKeysOf(withOwnKeys(bank, settings))[algorithm];
  if (known !== undefined) return known;
  settings.setKey(bank.bankId, algorithm, makers[algorithm]());
  return publicKeysOf(withOwnKeys(bank, settings))[algorithm] ?? '';
}
