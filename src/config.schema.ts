/** Every variable that configures the platform: its name, form, default, secrecy and one sentence for the documentation. */

import { z } from 'zod';

/** One variable of the environment and how it is read. */
export interface ConfigKey<T> {
  /** Name in the environment. */
  readonly env: string;
  /** Turns the text of the environment into the value that the program uses. */
  readonly schema: z.ZodType<T, string>;
  /** What the variable may hold, as a phrase that ends the sentence "X may hold …". */
  readonly holds: string;
  /** What it does, one sentence for docs/configuration.md. */
  readonly description: string;
  /** Text used when the variable is absent or empty; absent = required, or derived (see `derived`). */
  readonly fallback?: string;
  /** Says in words where the value comes from when the variable is absent and there is no fixed fallback. */
  readonly derived?: string;
  /** True for values that must never be printed or logged. */
  readonly secret?: true;
}

/** The whole configuration, by the name that the program uses. */
export const configKeys = {
  port: wholeNumber('PORT', [0, 65535], {
    fallback: '3000',
    description: 'Port on 127.0.0.1 where the platform answers; 0 takes any free one.',
  }),
  bankPort: wholeNumber('BANK_PORT', [0, 65535], {
    derived: 'PORT + 100',
    description: 'Port on 127.0.0.1 where the sample bank of a demonstration answers.',
  }),
  publicUrl: {
    env: 'PUBLIC_URL',
    schema: z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, '')),
    holds: 'an http:// or https:// address',
    derived: 'http://localhost:PORT',
    description:
      'Address under which people reach the platform; with https:// the session cookie is sent over TLS only.',
  },
  dataDir: text('DATA_DIR', {
    fallback: 'data',
    holds: 'the path of a folder',
    description:
      'Folder that holds everything that is kept; a relative path counts from the folder of the repository.',
  }),
  mongodbUri: {
    env: 'MONGODB_URI',
    schema: z.string().regex(/^mongodb(\+srv)?:\/\/.+/),
    holds: 'a mongodb:// or mongodb+srv:// address',
    derived: 'a document store that the start command runs under DATA_DIR',
    description: 'MongoDB server and database of the read model, inbox and accounts.',
    secret: true,
  },
  redisUrl: {
    env: 'REDIS_URL',
    schema: z.string().regex(/^(rediss?|unix|redis\+unix):\/\/.+/),
    holds: 'a redis://, rediss:// or unix:// address',
    derived: 'a private Redis that the start command runs under DATA_DIR',
    description: 'Redis server of queues, sessions and rate limits; it must not evict keys (noeviction).',
    secret: true,
  },
  ledger: {
    env: 'LEDGER',
    schema: z.enum(['embedded', 'fabric']),
    holds: 'embedded or fabric',
    fallback: 'embedded',
    description: 'Which ledger the platform uses: its own on this machine, or a Hyperledger Fabric network.',
  },
  ledgerSocket: text('LEDGER_SOCKET', {
    holds: 'the path of a unix socket, at most 100 bytes',
    derived: 'a socket in a folder of its own, made by the start command',
    description: 'Unix socket of the embedded ledger process.',
  }),
  channel: {
    env: 'CHANNEL',
    schema: z.string().regex(/^[a-z][a-z0-9.-]{0,63}$/),
    holds: 'a channel name: a small letter, then up to 63 small letters, digits, dots or hyphens',
    fallback: 'fupin',
    description: 'Channel of the ledger.',
  },
  fabricConnection: {
    env: 'FABRIC_CONNECTION',
    schema: z.string().max(4096),
    holds: 'the path of a file',
    fallback: '',
    description:
      'File that describes the Fabric network, used with LEDGER=fabric; empty = `fabric/connection.json` in DATA_DIR.',
  },
  fabricEvaluateSeconds: wholeNumber('FABRIC_EVALUATE_SECONDS', [1, 300], {
    fallback: '5',
    description: 'Seconds after which a peer that does not answer a query is left for another one.',
  }),
  fabricEndorseSeconds: wholeNumber('FABRIC_ENDORSE_SECONDS', [1, 300], {
    fallback: '15',
    description: 'Seconds after which a peer that does not endorse is left for another one.',
  }),
  fabricSubmitSeconds: wholeNumber('FABRIC_SUBMIT_SECONDS', [1, 300], {
    fallback: '5',
    description: 'Seconds after which a transaction that no orderer took is handed over again.',
  }),
  fabricStatusSeconds: wholeNumber('FABRIC_STATUS_SECONDS', [1, 300], {
    fallback: '12',
    description: 'Seconds after which a transaction that is in no block is handed over again.',
  }),
  fabricWaitSeconds: wholeNumber('FABRIC_WAIT_SECONDS', [1, 600], {
    fallback: '45',
    description:
      'Seconds that a caller waits in all on a Fabric network; a transaction handed over goes on without him.',
  }),
  fabricInFlight: wholeNumber('FABRIC_IN_FLIGHT', [1, 450], {
    fallback: '300',
    description:
      "Transactions that one process has under way on a Fabric network; a peer's gateway takes 500 in all.",
  }),
  fabricBin: {
    env: 'FABRIC_BIN',
    schema: z.string().max(4096),
    holds: 'the path of a folder',
    fallback: '',
    description:
      'Folder that holds the Hyperledger Fabric programs; searched before PATH by the fabric commands.',
  },
  fabricPort: wholeNumber('FABRIC_PORT', [1024, 65000], {
    fallback: '7050',
    description: 'First of the ports on 127.0.0.1 of a Fabric network, kept from its first fabric:up.',
  }),
  installation: {
    env: 'INSTALLATION',
    schema: z.enum(['demo', 'real']),
    holds: 'demo or real',
    fallback: 'real',
    description:
      'Whether demonstration accounts may exist; set by npm start (demo) and npm run serve (real).',
  },
  sessionSecret: {
    env: 'SESSION_SECRET',
    schema: z.string().min(32),
    holds: 'a secret of at least 32 characters',
    derived: 'made at the first start and kept in DATA_DIR/secrets.json (mode 0600)',
    description: 'Secret that signs session cookies.',
    secret: true,
  },
  keyEncryptionKey: {
    env: 'KEY_ENCRYPTION_KEY',
    schema: z.string().regex(/^[0-9a-f]{64}$/i),
    holds: '64 hexadecimal digits (32 bytes)',
    derived: 'made at the first start and kept in DATA_DIR/secrets.json (mode 0600)',
    description: "Key that encrypts the users' ledger keys and the banks' secrets at rest.",
    secret: true,
  },
  logLevel: {
    env: 'LOG_LEVEL',
    schema: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
    holds: 'trace, debug, info, warn, error, fatal or silent',
    fallback: 'info',
    description: 'Least severe log line that is written.',
  },
  sessionIdleMinutes: wholeNumber('SESSION_IDLE_MINUTES', [1, 1440], {
    fallback: '30',
    description: 'Minutes without a request after which a session ends.',
  }),
  sessionAbsoluteHours: wholeNumber('SESSION_ABSOLUTE_HOURS', [1, 168], {
    fallback: '10',
    description: 'Hours after sign-in at which a session ends in any case.',
  }),
  unmatchedYellowDays: wholeNumber('UNMATCHED_YELLOW_DAYS', [0, 365], {
    fallback: '1',
    description: 'Working days after which a payment without its counterpart raises a yellow alert.',
  }),
  unmatchedRedDays: wholeNumber('UNMATCHED_RED_DAYS', [0, 365], {
    fallback: '3',
    description: 'Working days after which a payment without its counterpart raises a red alert.',
  }),
  uploadMaxMb: wholeNumber('UPLOAD_MAX_MB', [1, 2048], {
    fallback: '200',
    description: 'Largest file that may be uploaded, in MiB.',
  }),
  bankRatePerSecond: wholeNumber('BANK_RATE_PER_SECOND', [1, 100000], {
    fallback: '200',
    description: 'Requests a second that one bank may send for long.',
  }),
  bankRateBurst: wholeNumber('BANK_RATE_BURST', [1, 1000000], {
    fallback: '1000',
    description: 'Requests that one bank may send at once before the rate counts.',
  }),
  bankBodySeconds: wholeNumber('BANK_BODY_SECONDS', [1, 300], {
    fallback: '10',
    description: 'Seconds within which the body of a pushed message must have arrived.',
  }),
  ntpServer: {
    env: 'NTP_SERVER',
    schema: z.string().regex(/^[A-Za-z0-9.-]+(:\d{1,5})?$/),
    holds: 'none, or the name or address of a time server, with :port when it is not 123',
    fallback: 'none',
    description:
      "Time server that a start compares this machine's clock with; a difference above one second ends the start.",
  },
  trustedProxy: {
    env: 'TRUSTED_PROXY',
    schema: z.string().regex(/^(none|[a-z0-9.:/]+(\s*,\s*[a-z0-9.:/]+)*)$/i),
    holds: 'none, or addresses and networks (loopback, 10.0.0.0/8, …) with commas between them',
    fallback: 'loopback',
    description:
      'Proxies in front of the platform: the client address is the right-most one of X-Forwarded-For that is none of them.',
  },
  clientCertificateHeader: {
    env: 'CLIENT_CERTIFICATE_HEADER',
    schema: z
      .string()
      .regex(/^[a-z0-9-]{1,64}$/i)
      .transform((name) => name.toLowerCase()),
    holds: 'none, or the name of a header',
    fallback: 'none',
    description:
      'Header in which the trusted proxy hands on a client certificate that it verified (PEM, URL-encoded); the proxy must strip it from what clients send.',
  },
  matchConcurrency: wholeNumber('MATCH_CONCURRENCY', [1, 1024], {
    derived: '16; 64 with LEDGER=fabric, where each flow waits for a block',
    description: 'Flows that the worker reconciles at the same time.',
  }),
  projectorLagSeconds: wholeNumber('PROJECTOR_LAG_SECONDS', [1, 3600], {
    fallback: '10',
    description:
      'Seconds that the read model may be behind the ledger before the platform calls itself not ready.',
  }),
  heartbeatMinutes: wholeNumber('HEARTBEAT_MINUTES', [1, 10080], {
    fallback: '30',
    description: 'Minutes without a push or heartbeat of a bank after which an alert is raised.',
  }),
} as const;

/** What a key needs besides its form. */
type KeyText = Omit<ConfigKey<unknown>, 'env' | 'schema' | 'holds'>;

function wholeNumber(env: string, range: readonly [number, number], rest: KeyText): ConfigKey<number> {
  const [min, max] = range;
  const schema = z
    .string()
    .regex(/^\d{1,7}$/)
    .transform(Number)
    .refine((value) => value >= min && value <= max);
  return { env, schema, holds: `a whole number from ${min} to ${max}`, ...rest };
}

function text(env: string, rest: KeyText & { holds: string }): ConfigKey<string> {
  const longest = env === 'LEDGER_SOCKET' ? 100 : 4096;
  return { env, schema: z.string().min(1).max(longest), ...rest };
}
