/** How an action is tried: through its page, and as a call of the ledger. */
import { randomUUID } from 'node:crypto';
import type { TestWeb } from './web.ts';

/** What is posted; with a file, as a form of parts. */
export interface AttemptPage {
  readonly form: string;
  readonly path: string;
  readonly fields: Record<string, string>;
  readonly file?: { readonly name: string; readonly text: string };
}

/** One way to try an action on one object. */
export interface Attempt {
  /** The page, its form read first; null where people have no page for it. */
  readonly page: AttemptPage | null;
  readonly call: { readonly contract: string; readonly fn: string; readonly args: Record<string, unknown> };
  /** The refusal that shows that the call got past the rights, where no object can take the action itself. */
  readonly pastRights?: string;
}
/** Makes a fresh object in the right state and tells how to act on it. */
export type Case = (web: TestWeb) => Promise<Attempt>;

/** An opinion that every step accepts. */
export const opinion = '同意。';
/** The page of an action, whose form and post share an address. */
export const action = (id: string, subject: string, fields: Record<string, string>): AttemptPage => {
  const path = `/actions/${id}/${encodeURIComponent(subject)}`;
  return { form: path, path, fields };
};
/** A new identifier. */
export const fresh = (kind: string): string => `${kind}-${randomUUID().slice(0, 8)}`;
