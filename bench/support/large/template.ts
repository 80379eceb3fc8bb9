/** A project of the demonstration with everything on the ledger that belongs to it, and copies of it under other numbers. */
import { draftNumber, parseDraftNumber } from '#kernel/draft-number.ts';
import { splitCompositeKey } from '#kernel/records/keys.ts';
import type { LedgerBlock } from '../../../src/blockchain/ledger.port.ts';
import { suffixOf } from '../ready-payments.ts';

/** One key of the state with its value. */
export type StateEntry = readonly [key: string, value: string];

/** A project that can be copied. */
export interface Template {
  readonly draftId: string;
  readonly flows: number;
  /** @param number from 1; copies of one number never share an id with those of another */
  copy(number: number): StateEntry[];
}

/** World state after these blocks. */
export async function stateOf(blocks: AsyncIterable<LedgerBlock>): Promise<Map<string, string>> {
  const state = new Map<string, string>();
  for await (const { transactions } of blocks) {
    for (const { code, writes } of transactions) {
      if (code !== 'VALID') continue;
      for (const { key, value } of writes) {
        if (value === null) state.delete(key);
        else state.set(key, value);
      }
    }
  }
  return state;
}

/** Every project of a state that has a draft. */
export function templatesOf(state: ReadonlyMap<string, string>): Template[] {
  const entries = [...state].map(([key, value]) => ({ key, value, ...(splitCompositeKey(key) ?? nothing) }));
  const projects = entries.filter((one) => one.type === 'PROJECT');
  return projects.flatMap(({ parts: [projectId = ''], value }) => {
    const { draftId } = JSON.parse(value) as { draftId: string | null };
    return draftId === null ? [] : [templateOf(entries, projectId, draftId)];
  });
}

interface Entry {
  readonly key: string;
  readonly value: string;
  readonly type: string;
  readonly parts: readonly string[];
}

const nothing = { type: '', parts: [] };
const shared = new Set(['', 'ORG', 'USER', 'ACCOUNT', 'FUND', 'CALL', 'CALENDAR', 'REQ', 'EVIDENCE']);

function templateOf(entries: readonly Entry[], projectId: string, draftId: string): Template {
  const serials = new Set<string>();
  const named = new Set<string>();
  const own = entries.filter(({ key, value, type }) => {
    return (
      !shared.has(type) && [key, value].some((text) => text.includes(draftId) || text.includes(projectId))
    );
  });
  for (const { type, parts } of own) {
    if (type === 'REG') serials.add(parts[2] ?? '');
    if (type === 'FLOW' || type === 'FLOWSTATE') serials.add(parts[4] ?? '');
    if (type === 'ALERT' || type === 'MATCH') named.add(parts[0] ?? '');
  }
  const records = entries.filter(
    ({ key, type, parts }) =>
      !shared.has(type) && (own.some((one) => one.key === key) || parts.some((part) => serials.has(part))),
  );
  const tokens = [projectId, draftId, ...serials, ...named].filter((token) => token !== '');
  const pattern = new RegExp(tokens.toSorted((a, b) => b.length - a.length).join('|'), 'g');
  const text = JSON.stringify(records.map(({ key, value }) => [key, value]));
  return {
    draftId,
    flows: records.filter(({ type }) => type === 'FLOW').length,
    copy: (number) => JSON.parse(text.replace(pattern, renamed({ draftId, number }))) as StateEntry[],
  };
}

/** What a draft is called in its copy of this number. @throws Error for what is no draft number */
export function draftIdOfCopy(draftId: string, number: number): string {
  const parts = parseDraftNumber(draftId);
  if (parts === null) throw new Error(`${draftId} is no draft number`);
  return draftNumber({ ...parts, serial: 1_000_000 + number });
}

/** What an id is called in a copy: draft numbers keep their check digit, all others get the copy's number. */
function renamed({ draftId, number }: { draftId: string; number: number }): (token: string) => string {
  const other = draftIdOfCopy(draftId, number);
  const suffix = suffixOf(number);
  return (token) => (token === draftId ? other : `${token}${suffix}`);
}
