/** `npm run bank -- …`: the running sample bank from the command line. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { formatYuan, parseYuan } from './money.ts';
import { publicKeysOf } from './push/sign.ts';
import { SetupFile } from './setup.ts';

const USAGE = `npm run bank -- keys
npm run bank -- accounts
npm run bank -- transfers
npm run bank -- transfer --from ACCOUNT --to ACCOUNT --yuan 400000.00 [--purpose TEXT] [--reference TEXT]
                         [--date YYYY-MM-DD] [--misbehave wrong-amount|wrong-account|late|duplicate|conflict|reversal|out-of-order|silent]
npm run bank -- reverse SERIAL
npm run bank -- push SERIAL
npm run bank -- clock DAYS
npm run bank -- silence BANK on|off
npm run bank -- key BANK ed25519|sm2
npm run bank -- sign BANK hmac|ed25519|sm2|all`;

const publicKey = z.object({ bankId: z.string(), algorithm: z.string(), publicKey: z.string() });
const receipt = z.object({ serialNo: z.string(), bankId: z.string(), bookingDate: z.string() });
const account = z.object({
  account: z.string(),
  bankId: z.string(),
  name: z.string(),
  balanceFen: z.string(),
});
const transfer = receipt.extend({
  payer: z.string(),
  payee: z.string(),
  amountFen: z.string(),
  misbehave: z.string(),
  pushes: z.array(z.object({ what: z.string(), state: z.string(), answer: z.string() })),
});

type Words = readonly string[];
type Options = Readonly<Record<string, string | undefined>>;

/** Something the person must put right; printed without a stack. */
class Refusal extends Error {}

const commands: Readonly<Record<string, (words: Words, options: Options) => Promise<void> | void>> = {
  keys: () => printKeys(),
  accounts: async () => {
    for (const one of z.array(account).parse(await call('GET', 'accounts'))) {
      print(`${one.account}  ${one.bankId}  ${formatYuan(BigInt(one.balanceFen)).padStart(20)}  ${one.name}`);
    }
  },
  transfers: async () => {
    for (const one of z.array(transfer).parse(await call('GET', 'transfers'))) {
      print(
        `${one.serialNo}  ${one.bookingDate}  ${one.payer} -> ${one.payee}  ${formatYuan(BigInt(one.amountFen))}  ${one.misbehave}`,
      );
      for (const push of one.pushes) print(`    ${push.what}: ${push.state} ${push.answer}`);
    }
  },
  transfer: async (_words, options) => printReceipt(await call('POST', 'transfers', transferBody(options))),
  reverse: async ([serial = '']) => printReceipt(await call('POST', `transfers/${serial}/reverse`, {})),
  push: async ([serial = '']) => print(JSON.stringify(await call('POST', `transfers/${serial}/push`, {}))),
  clock: async ([days = '']) =>
    print(JSON.stringify(await call('POST', 'clock', { offsetDays: Number(days) }))),
  silence: async ([bank = '', on = '']) => {
    if (on !== 'on' && on !== 'off') throw new Refusal('Say: silence BANK on, or silence BANK off.');
    print(JSON.stringify(await call('POST', `banks/${bank}/silence`, { on: on === 'on' })));
  },
  key: async ([bank = '', algorithm = '']) => {
    const made = publicKey.parse(await call('POST', `banks/${bank}/keys`, { algorithm }));
    print(
      `${made.algorithm} public key of ${made.bankId}, to be entered on the platform:\n${made.publicKey}`,
    );
  },
  sign: async ([bank = '', signer = '']) =>
    print(JSON.stringify(await call('POST', `banks/${bank}/signer`, { signer }))),
};

try {
  await run();
} catch (error) {
  process.stderr.write(`${error instanceof Refusal ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function run(): Promise<void> {
  const names = ['from', 'to', 'yuan', 'purpose', 'reference', 'date', 'misbehave'] as const;
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]));
  const { positionals, values } = parseArgs({ options, allowPositionals: true });
  const [name = '', ...words] = positionals;
  const command = commands[name];
  if (!command) throw new Refusal(USAGE);
  await command(words, values);
}

function transferBody({ from, to, yuan, purpose, reference, date, misbehave }: Options): unknown {
  const fen = parseYuan(yuan ?? '');
  if (!from || !to || fen === undefined) throw new Refusal(`--from, --to and --yuan are needed.\n${USAGE}`);
  return {
    payerAccount: from,
    payeeAccount: to,
    amountFen: fen.toString(),
    purpose,
    reference,
    bookingDate: date,
    misbehave,
  };
}

async function call(method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown> {
  const address = `http://127.0.0.1:${process.env['BANK_PORT'] ?? '3100'}`;
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  const response = await fetch(`${address}/api/${path}`, init).catch(() => {
    throw new Refusal(`No sample bank answers at ${address}: run npm start first, or set BANK_PORT.`);
  });
  const answer: unknown = await response.json();
  if (response.ok) return answer;
  throw new Refusal(
    z.object({ error: z.string() }).safeParse(answer).data?.error ?? `status ${response.status}`,
  );
}

function printKeys(): void {
  const path = join(process.env['DATA_DIR'] ?? 'data', 'sample-bank', 'setup.json');
  if (!existsSync(path)) throw new Refusal(`${path} does not exist: run npm start first, or set DATA_DIR.`);
  const file = new SetupFile(path);
  file.refresh();
  for (const bank of file.current?.banks ?? []) {
    print(`${bank.bankId}  ${bank.name}`);
    if (bank.hmacSecret !== undefined) print(`    HMAC secret         ${bank.hmacSecret}`);
    const { ed25519, sm2 } = publicKeysOf(bank);
    if (ed25519 !== undefined) print(`    Ed25519 public key  ${ed25519}`);
    if (sm2 !== undefined) print(`    SM2 public key      ${sm2}`);
  }
}

function printReceipt(answer: unknown): void {
  const { serialNo, bankId, bookingDate } = receipt.parse(answer);
  print(`serial ${serialNo}  bank ${bankId}  booking date ${bookingDate}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
