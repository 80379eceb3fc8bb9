/** The platform behind a real socket, with a bank's live key, and the means to attack its door. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { banks } from '../../src/commands/demo/organisations.ts';
import { BankMessageModel, InboxFlowModel, QuarantineModel } from '../../src/models/inbox/inbox.schema.ts';
import { knock, signed, type BankMessage, type Signing } from './bank-message.ts';
import { requestBytes, sendRaw, type RawAnswer } from './raw-http.ts';
import { openTestWeb, type TestWeb } from './web.ts';

/** The bank that is attacked. */
export const attackedBank = banks.investor;

/** What an attack works with. */
export interface AttackedDoor {
  readonly web: TestWeb;
  readonly port: number;
  /** `whsec_…` of a bank's live key. */
  secretOf(bankId: string): string;
  /** A good message of the attacked bank, or one that differs as told. */
  message(signing?: Partial<Signing>): BankMessage;
  /** Sends from an address of its own. */
  push(sent: BankMessage, path?: string): Promise<{ status: number; body: unknown }>;
  /** As `push`, byte by byte as told. */
  raw(headers: Readonly<Record<string, string>>, body?: string | Buffer): Promise<RawAnswer>;
  close(): Promise<void>;
}

/** Starts it. */
export async function openAttackedDoor(): Promise<AttackedDoor> {
  const web = await openTestWeb({ BANK_BODY_SECONDS: '1' });
  const server = createServer(web.app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const secrets = new Map<string, string>();
  for (const id of [banks.investor, banks.county]) {
    const key = await web.platform.services.banks.issueKey(id, 'sysadmin');
    await web.platform.services.banks.activateKey(id, key.keyId, 'secadmin');
    secrets.set(id, key.secret ?? '');
  }
  const secretOf = (bankId: string): string => secrets.get(bankId) ?? '';
  return {
    web,
    port,
    secretOf,
    message: (signing = {}) => signed({ bankId: attackedBank, secret: secretOf(attackedBank), ...signing }),
    push: async (sent, path = 'flows') => knock(web.app, sent, { path, more: fromElsewhere() }),
    raw: (headers, body = '') =>
      sendRaw(
        port,
        requestBytes('POST /api/v1/bank/flows HTTP/1.1', { ...headers, ...fromElsewhere() }, body),
      ),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await web.close();
    },
  };
}

let callers = 0;
/** An address of its own for every attempt: whoever fails twenty times a minute is not even asked for a signature. */
export function fromElsewhere(): Record<string, string> {
  callers += 1;
  return { 'x-forwarded-for': `10.${callers >> 16}.${(callers >> 8) & 255}.${callers & 255}` };
}

/** The header that tells a body's length. */
export function lengthOf(body: string | Buffer): Record<string, string> {
  return { 'content-length': String(Buffer.byteLength(body)) };
}

/** How many messages, flows and quarantined entries are stored. */
export async function stored(): Promise<{ messages: number; flows: number; quarantined: number }> {
  const [messages, flows, quarantined] = await Promise.all([
    BankMessageModel.countDocuments(),
    InboxFlowModel.countDocuments(),
    QuarantineModel.countDocuments(),
  ]);
  return { messages, flows, quarantined };
}

/** Runs an attack and asserts that the store is as it was. */
export async function storesNothing<T>(attack: () => Promise<T>): Promise<T> {
  const before = await stored();
  const answer = await attack();
  assert.deepEqual(await stored(), before);
  return answer;
}
