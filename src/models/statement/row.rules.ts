/** What one row of a statement would do, compared with what the inbox knows. Pure. */
import { normalAccount } from '#kernel/normal-form.ts';
import { hasSerialForm, type BankProfile } from '../bank-profile/bank-profile.rules.ts';
import { kindOfRepeat } from '../inbox/repeat.rules.ts';
import type { InboxFlow } from '../inbox/inbox.schema.ts';
import { readEntry, type ReadEntry } from '../inbox/wire.rules.ts';
import type { FaultPart, RowPart } from './parse/part.ts';
import type { RowState, StatementRow } from './statement.schema.ts';

/** A row as it was read, before it is compared. */
export interface ReadRow {
  readonly part: RowPart | FaultPart;
  /** In normal form; '' when neither row, file nor sender names one. */
  readonly account: string;
  /** In normal form and with its key; null for the account's own matters and for what is refused. */
  readonly read: ReadEntry | null;
  readonly state: 'entry' | 'own' | 'refused';
  readonly reason: string;
  readonly found: string;
}

/** Where a row stands. */
export interface RowPlace {
  readonly bankId: string;
  readonly account: string;
  /** SHA-256 of the file, the raw message of its entries. */
  readonly rawHash: string;
  readonly profile: BankProfile;
  /** Why rows of this account are not taken; '' when they are. */
  readonly accountFault: string;
}

/** Brings a row into normal form. */
export function readRow(part: RowPart | FaultPart, place: RowPlace): ReadRow {
  const { account } = place;
  const refused = (reason: string, found: string): ReadRow => ({
    part,
    account,
    read: null,
    state: 'refused',
    reason,
    found: found.slice(0, 200),
  });
  if (place.accountFault !== '') return refused(place.accountFault, account);
  if (part.kind === 'fault') return refused(part.reason, part.found);
  const { other, ...entry } = part.entry;
  if (!hasSerialForm(place.profile, entry.serialNo)) return refused('serialForm', entry.serialNo);
  if (normalAccount(other.account) === '')
    return { part, account, read: null, state: 'own', reason: '', found: '' };
  const own = { account, name: '', bankNo: '' };
  const sides = entry.direction === 'DBIT' ? { payer: own, payee: other } : { payer: other, payee: own };
  const read = readEntry({ ...entry, ...sides }, place.bankId, place.rawHash);
  if (!read.ok) return refused('form', read.reason);
  return { part, account, read, state: 'entry', reason: '', found: '' };
}

/** What the inbox knows under a row's key. */
export type KnownFlow = Pick<InboxFlow, 'contentHash' | 'status'>;

/** State of a readable row against the inbox and the rows of the same file that came before it. */
export function stateOf(
  read: ReadEntry,
  known: KnownFlow | undefined,
  earlierHash: string | undefined,
): { state: RowState; reason: string } {
  if (earlierHash !== undefined) return { state: 'refused', reason: 'twice' };
  if (known === undefined) return { state: 'new', reason: '' };
  const kind = kindOfRepeat(known, read);
  return { state: kind === 'sighting' ? 'known' : kind, reason: '' };
}

/** The document of a row. */
export function rowDocument(
  statementId: string,
  row: ReadRow,
  judged: { state: RowState; reason: string },
): StatementRow {
  const { part, read, account, found } = row;
  return {
    _id: `${statementId}~${String(part.row).padStart(6, '0')}`,
    statementId,
    row: part.row,
    account,
    ...judged,
    found,
    flowKey: read?.flowKey ?? null,
    contentHash: read?.contentHash ?? '',
    ...wordsOf(part, read),
    isLine: part.kind === 'row' && part.entry.batch === true,
    entry: ['new', 'status', 'conflict'].includes(judged.state) ? JSON.stringify(read) : null,
    result: null,
  };
}

type Words = Pick<
  StatementRow,
  'serialNo' | 'bookingDate' | 'direction' | 'status' | 'fen' | 'otherAccount' | 'otherName' | 'purpose'
>;

function wordsOf(part: RowPart | FaultPart, read: ReadEntry | null): Words {
  if (part.kind === 'fault')
    return {
      serialNo: '',
      bookingDate: '',
      direction: '',
      status: '',
      fen: 0n,
      otherAccount: '',
      otherName: '',
      purpose: '',
    };
  const { serialNo, bookingDate, direction, status, amountFen, other, purpose } = part.entry;
  return {
    serialNo: (read?.serialNo ?? serialNo).slice(0, 64),
    bookingDate,
    direction,
    status,
    fen: BigInt(amountFen),
    otherAccount: normalAccount(other.account).slice(0, 64),
    otherName: other.name,
    purpose,
  };
}
