/** The file that configures the bank: which banks there are, their keys, their accounts, and where the platform is. */

import { createPrivateKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';

const fenText = z.string().regex(/^\d{1,18}$/);

/** PKCS #8 frame around the 32-byte seed of an Ed25519 key (RFC 8410). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

const ABSENT = 'absent';

const bank = z
  .object({
    bankId: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
    name: z.string().min(1),
    hmacSecret: z.string().startsWith('whsec_').optional(),
    ed25519PrivateKey: z.string().optional(),
    /** 64 hexadecimal digits. */
    sm2PrivateKey: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .optional(),
  })
  .refine(
    (one) => one.hmacSecret ?? one.ed25519PrivateKey ?? one.sm2PrivateKey,
    'a bank needs hmacSecret, ed25519PrivateKey or sm2PrivateKey',
  );

/** An account as it is opened. */
export const accountSetup = z.object({
  bankId: z.string(),
  account: z.string().regex(/^[0-9A-Za-z-]{1,64}$/),
  name: z.string().min(1).max(100),
  bankNo: z.string().max(20),
  /** Opening balance, fen. */
  balanceFen: fenText,
});

const setupSchema = z.object({
  platformUrl: z.url({ protocol: /^https?$/ }),
  heartbeatSeconds: z.int().min(1).default(60),
  banks: z.array(bank).min(1),
  accounts: z.array(accountSetup),
});

/** The whole configuration. */
export type Setup = z.output<typeof setupSchema>;
/** One bank of the process. */
export type Bank = Setup['banks'][number];

/** setup.json, read again when it changes. */
export class SetupFile {
  readonly path: string;
  #stamp = '';
  #current: Setup | undefined;
  #fault: string | undefined;
  /** Told of every new configuration. */
  onChange: (setup: Setup) => void = () => undefined;

  /** @param path of setup.json, which need not exist yet */
  constructor(path: string) {
    this.path = path;
  }

  /** The configuration as last read; undefined before there was a good one. */
  get current(): Setup | undefined {
    return this.#current;
  }

  /** Why the file as it stands cannot be used; undefined when it can. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** Reads the file when it is not the one read before. */
  refresh(): void {
    const stamp = stampOf(this.path);
    if (stamp === this.#stamp) return;
    this.#stamp = stamp;
    if (stamp === ABSENT) return;
    try {
      this.#current = setupSchema.parse(JSON.parse(readFileSync(this.path, 'utf8')));
      this.#fault = undefined;
      this.onChange(this.#current);
    } catch (error) {
      this.#fault = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    }
  }
}

/**
 * @param text base64 of a 32-byte seed or of a PKCS #8 document
 * @returns the Ed25519 private key
 */
export function ed25519Key(text: string): KeyObject {
  const bytes = Buffer.from(text, 'base64');
  const der = bytes.length === 32 ? Buffer.concat([PKCS8_PREFIX, bytes]) : bytes;
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
}

function stampOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats ? `${stats.ino}-${stats.mtimeMs}-${stats.size}` : ABSENT;
}
