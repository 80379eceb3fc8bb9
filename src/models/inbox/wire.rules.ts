/** Reads a pushed message: bytes to entries in normal form. Pure; nothing is guessed, what cannot be read is told. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { flowKeyOf } from '#kernel/records/keys.ts';
import { flow as flowSchema, type Flow } from '#kernel/records/reconciliation.ts';
import { canonicalJson } from '#kernel/canonical-json.ts';
import { formatFen, parseYuan } from '#kernel/fen.ts';
import { normalAccount, normalSerial } from '#kernel/normal-form.ts';
import type { BankProfile } from '../bank-profile/bank-profile.rules.ts';
import { pushForm } from '../bank-profile/push-form.rules.ts';

export const maxEntries = 500;
export const maxDepth = 8;

const party = z.object({
  account: z.string().min(1).max(64),
  name: z.string().max(100).default(''),
  bankNo: z.string().max(20).default(''),
});

/** One entry as a bank sends it. Unknown fields are tolerated; exactly one of amountFen and amountYuan is required. */
export const wireEntry = z.object({
  serialNo: z.string().min(1).max(64),
  subIndex: z.int().min(0).max(9999).default(0),
  bookingDate: z.iso.date(),
  txTime: z.string().max(40).default(''),
  direction: z.enum(['DBIT', 'CRDT']),
  /** DROP: a pending entry that the bank dropped. */
  status: z.enum(['BOOK', 'PDNG', 'DROP']),
  amountFen: z.string().max(18).optional(),
  /** Plain digits, at most two decimals: a thousands separator is a form's habit, not a message's. */
  amountYuan: z
    .string()
    .regex(/^\d{1,16}(\.\d{1,2})?$/)
    .optional(),
  currency: z.string().max(3),
  payer: party,
  payee: party,
  purpose: z.string().max(200).default(''),
  reference: z.string().max(100).default(''),
  reversal: z.boolean().default(false),
  /** The line of a batch; its parts are entries of the same serial with subIndex from 1, and add up to it. */
  batch: z.boolean().default(false),
  /** A charge of the bank itself, not a payment. */
  fee: z.boolean().default(false),
  /** Of a return: what the bank kept of it, digits. */
  feeFen: z
    .string()
    .regex(/^[1-9]\d{0,17}$/)
    .optional(),
  /** Day from which interest counts; kept, decides nothing. */
  valueDate: z.iso.date().optional(),
  originalSerialNo: z.string().max(64).nullable().default(null),
});
export type WireEntry = z.infer<typeof wireEntry>;

/** A message as a bank sends it. */
export const wireMessage = z.object({
  batchNo: z.string().max(64).default(''),
  bankId: z.string().optional(),
  /** A message marked so may be dry-run and is never stored, wherever somebody replays it to. */
  selfTest: z.boolean().default(false),
  entries: z.array(z.unknown()).min(1),
});

/** An entry in normal form, with the hashes that tell a repeat, another content and a mere sighting apart. */
export interface ReadEntry {
  readonly ok: true;
  readonly serialNo: string;
  readonly flowKey: string;
  readonly flow: Flow;
  readonly drop: boolean;
  /** Over the whole entry. */
  readonly entryHash: string;
  /** Over what makes it the same payment: amount, currency, both accounts, reversal, original serial. */
  readonly contentHash: string;
}
/** An entry that could not be read, with the reasons. */
export interface UnreadEntry {
  readonly ok: false;
  readonly serialNo: string;
  readonly reason: string;
}
/** A message as read: its entries, or why the whole of it is refused. */
export type ReadMessage =
  | { readonly kind: 'unreadable'; readonly reason: string }
  | { readonly kind: 'too-many' }
  | { readonly kind: 'wrong-bank' }
  | {
      readonly kind: 'entries';
      readonly selfTest: boolean;
      readonly entries: readonly (ReadEntry | UnreadEntry)[];
    };

/** Reads the raw bytes of an authenticated message of `bankId`. @param own the bank's own profile; null = it has none */
export function readMessage(raw: Uint8Array, bankId: string, own: BankProfile | null = null): ReadMessage {
  const decoded = decode(raw);
  if ('reason' in decoded) return { kind: 'unreadable', reason: decoded.reason };
  const message = wireMessage.safeParse(decoded.value);
  if (!message.success) return { kind: 'unreadable', reason: sentence(message.error) };
  if (message.data.bankId !== undefined && message.data.bankId !== bankId) return { kind: 'wrong-bank' };
  if (message.data.entries.length > maxEntries) return { kind: 'too-many' };
  const rawHash = sha256(raw);
  const { selfTest, entries } = message.data;
  const from = { bankId, rawHash };
  return { kind: 'entries', selfTest, entries: entries.map((entry) => readPushed(entry, from, own)) };
}

/** Reads one pushed entry, whose words may be the bank's own. */
export function readPushed(
  entry: unknown,
  from: { readonly bankId: string; readonly rawHash: string },
  own: BankProfile | null,
): ReadEntry | UnreadEntry {
  const formed = pushForm(entry, own);
  if ('reason' in formed) return { ok: false, serialNo: serialOf(entry), reason: formed.reason };
  return readEntry(formed.entry, from.bankId, from.rawHash);
}

/** Reads one entry; `rawHash` is the SHA-256 of the message it came in. */
export function readEntry(entry: unknown, bankId: string, rawHash: string): ReadEntry | UnreadEntry {
  const parsed = wireEntry.safeParse(entry);
  const serialNo = parsed.success ? parsed.data.serialNo : serialOf(entry);
  if (!parsed.success) return { ok: false, serialNo, reason: sentence(parsed.error) };
  const amount = amountOf(parsed.data);
  if (amount === null)
    return {
      ok: false,
      serialNo,
      reason: 'amount: exactly one of amountFen (digits) and amountYuan (at most two decimals), above zero',
    };
  const contradiction = contradictionOf(parsed.data);
  if (contradiction !== null) return { ok: false, serialNo, reason: contradiction };
  const flow = flowSchema.safeParse(inNormalForm(parsed.data, { bankId, amountFen: amount, rawHash }));
  if (!flow.success) return { ok: false, serialNo, reason: sentence(flow.error) };
  return hashed(flow.data, parsed.data.status === 'DROP');
}

/** Marks that no entry can carry together: an unknown pattern is not guessed at. */
function contradictionOf({ batch, subIndex, fee, feeFen, reversal }: WireEntry): string | null {
  if (batch && (subIndex > 0 || reversal || fee))
    return 'batch: the line of a batch is a plain entry with subIndex 0';
  if (fee && reversal) return 'fee: a charge is no reversal';
  return feeFen !== undefined && !reversal ? 'feeFen: only a reversal can be net of a fee' : null;
}

function hashed(flow: Flow, drop: boolean): ReadEntry {
  const { amountFen, currency, payer, payee, reversal, originalSerialNo, rawHash: _, ...more } = flow;
  const { batch, fee, feeFen, ...others } = more;
  const content = {
    amountFen,
    currency,
    payer: payer.account,
    payee: payee.account,
    reversal,
    originalSerialNo,
    ...(batch === undefined ? {} : { batch }),
    ...(fee === undefined ? {} : { fee }),
    ...(feeFen === undefined ? {} : { feeFen }),
  };
  return {
    ok: true,
    serialNo: flow.serialNo,
    flowKey: flowKeyOf(flow),
    flow,
    drop,
    contentHash: sha256(canonicalJson(content)),
    entryHash: sha256(canonicalJson({ ...content, ...others, names: [payer, payee], drop })),
  };
}

function inNormalForm(
  entry: WireEntry,
  fixed: { bankId: string; amountFen: string; rawHash: string },
): unknown {
  const { amountYuan: _, status, payer, payee, batch, fee, ...rest } = entry;
  const own = entry.direction === 'DBIT' ? payer : payee;
  return {
    ...rest,
    ...fixed,
    ...(batch ? { batch } : {}),
    ...(fee ? { fee } : {}),
    account: normalAccount(own.account),
    serialNo: normalSerial(entry.serialNo),
    status: status === 'BOOK' ? 'BOOK' : 'PDNG',
    payer: { ...payer, account: normalAccount(payer.account) },
    payee: { ...payee, account: normalAccount(payee.account) },
    originalSerialNo:
      entry.originalSerialNo === null || entry.originalSerialNo === ''
        ? null
        : normalSerial(entry.originalSerialNo),
  };
}

function amountOf(entry: WireEntry): string | null {
  if ((entry.amountFen === undefined) === (entry.amountYuan === undefined)) return null;
  if (entry.amountFen !== undefined) return /^[1-9]\d{0,17}$/.test(entry.amountFen) ? entry.amountFen : null;
  try {
    const fen = formatFen(parseYuan(entry.amountYuan ?? ''));
    return /^[1-9]\d{0,17}$/.test(fen) ? fen : null;
  } catch {
    return null;
  }
}

function decode(raw: Uint8Array): { value: unknown } | { reason: string } {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(raw);
    if (depthOf(text) > maxDepth) return { reason: `nested deeper than ${maxDepth} levels` };
    return { value: JSON.parse(text) as unknown };
  } catch (cause) {
    return { reason: cause instanceof SyntaxError ? 'not JSON' : 'not UTF-8' };
  }
}

/** Nesting of a JSON text, counted before it is parsed, so that depth costs nothing. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (quoted) {
      if (char === '\\') at += 1;
      else if (char === '"') quoted = false;
    } else if (char === '"') quoted = true;
    else if (char === '{' || char === '[') deepest = Math.max(deepest, (depth += 1));
    else if (char === '}' || char === ']') depth -= 1;
  }
  return deepest;
}

function serialOf(entry: unknown): string {
  const serial = z.object({ serialNo: z.string().max(64) }).safeParse(entry);
  return serial.success ? serial.data.serialNo : '';
}

function sentence(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join('/')}: ${issue.message}`)
    .join('; ')
    .slice(0, 500);
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
