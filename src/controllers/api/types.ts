/** The three kinds of call that the API's tables list: a change, a list with its single objects, and any other question. */
import type { z } from 'zod';
import type { Platform } from '../../compose.ts';
import type { Person } from '../../models/member/person.ts';
import type { Action } from '../../models/member/rights.rules.ts';
import type { ReadModelDocs } from '../../models/read-model/read-models.ts';
import type { ScopeKind } from '../../models/member/scope.rules.ts';

/** Path parameters by name. */
export type Params = Readonly<Record<string, string>>;
/** Kinds that the API shows. */
export type ApiKind = ScopeKind & keyof ReadModelDocs;

/** What a change answers; the ids are absent for what does not stand on the ledger. */
export interface Written {
  readonly transactionId?: string;
  readonly blockNumber?: number;
  readonly result: unknown;
  /** Told with the first answer alone and never kept, for example a one-time password. */
  readonly secret?: Readonly<Record<string, string>>;
}

/** A contract call without its request id. */
export interface ContractCall {
  readonly contract: string;
  readonly fn: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** What a change works with. */
export interface Given<B, D> {
  readonly platform: Platform;
  readonly person: Person & { readonly username: string };
  readonly params: Params;
  readonly body: B;
  /** The object of the path, inside the person's scope. */
  readonly doc: D;
  readonly requestId: string;
  /** Makes a value once per idempotency key, so that a repeat sends the same arguments. */
  readonly once: <T>(name: string, make: () => Promise<T>) => Promise<T>;
}

/** The object a change is about: its kind and the id made of the path. */
export interface Subject<K extends ApiKind> {
  readonly kind: K;
  readonly id: (params: Params) => string;
}

interface CallDescription {
  /** OpenAPI path below /api/v1, `{name}` for parameters. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
}

/** A change; carried out as one contract call, or by `run` when more than the ledger is touched. */
export interface Change<
  B extends z.ZodType = z.ZodType,
  K extends ApiKind = ApiKind,
> extends CallDescription {
  readonly method: 'post' | 'delete';
  readonly body: B;
  /** Asked before anything is prepared; the contract has the last word. */
  readonly right?: Action;
  readonly subject?: Subject<K>;
  /** Moves money: the password must have been given for the token within the last ten minutes. */
  readonly money?: true;
  readonly call?: (given: Given<z.infer<B>, ReadModelDocs[K]>) => ContractCall | Promise<ContractCall>;
  readonly run?: (given: Given<z.infer<B>, ReadModelDocs[K]>) => Promise<Written>;
}

/** Keeps body and subject typed inside a table of changes. */
export function change<B extends z.ZodType, K extends ApiKind>(one: Change<B, K>): Change {
  return one as unknown as Change;
}

/** A list of one kind and, at `{path}/{id}`, each of its objects. */
export interface Resource<K extends ApiKind = ApiKind> extends CallDescription {
  readonly kind: K;
  /** Schema of the ledger record inside a single object. */
  readonly record?: z.ZodType;
  /** Sort name to field; `-` in front of the name descends. */
  readonly sortable: Readonly<Record<string, string>>;
  readonly defaultSort: string;
  /** Query parameters that must equal a field. */
  readonly filters: readonly string[];
  /** Conditions that every list of this resource has, from the path. */
  readonly where?: (params: Params) => Readonly<Record<string, unknown>>;
  /** The object itself, when it is not the read model's document. */
  readonly one?: (asked: Asked, doc: ReadModelDocs[K]) => Promise<unknown>;
  /** What stands beside a single object and is no part of its document. */
  readonly beside?: {
    readonly schema: z.ZodRawShape;
    readonly read: (asked: Asked, doc: ReadModelDocs[K]) => Promise<object>;
  };
  readonly listOnly?: boolean;
}

/** Keeps the kind typed inside a table of resources. */
export function resource<K extends ApiKind>(one: Resource<K>): Resource {
  return one as unknown as Resource;
}

/** What a question works with. */
export interface Asked {
  readonly platform: Platform;
  readonly person: Person & { readonly username: string };
  readonly params: Params;
  readonly query: Readonly<Record<string, string>>;
}

/** A question that is not a plain list. @throws DomainError NOT_FOUND outside the person's scope */
export interface Question extends CallDescription {
  readonly query?: z.ZodObject;
  readonly answer: (asked: Asked) => Promise<unknown>;
}

/** The parameters of an OpenAPI path, in order. */
export function parametersOf(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
}

/** `{name}` as Express writes it. */
export function expressPath(path: string): string {
  return path.replace(/\{(\w+)\}/g, ':$1');
}
