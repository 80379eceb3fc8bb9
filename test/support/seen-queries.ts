/** Collects the searches that the driver sends, one of each shape, as commands that can be explained. */
import type { mongo } from 'mongoose';

/** A search of one shape, as the first one came. */
export interface SeenQuery {
  readonly shape: string;
  readonly database: string;
  readonly collection: string;
  readonly command: mongo.Document;
}

/** Where a test puts what the driver tells. */
export interface SeenQueries {
  readonly add: (event: mongo.CommandStartedEvent) => void;
  all(): readonly SeenQuery[];
}

type Searches = (command: mongo.Document, collection: string) => mongo.Document[];

const find = (collection: string, filter: unknown, sort?: unknown): mongo.Document => ({
  find: collection,
  filter: filter ?? {},
  ...(sort === undefined ? {} : { sort }),
});
const statements =
  (list: string): Searches =>
  (command, collection) =>
    (command[list] as mongo.Document[]).map((one) => find(collection, one['q']));

/** How each command searches; a write is explained as the search that it makes. A count of all is known without one. */
const searches: Readonly<Record<string, Searches>> = {
  find: ({ filter, sort }, collection) => [find(collection, filter, sort)],
  count: ({ query }, collection) => (query === undefined ? [] : [find(collection, query)]),
  distinct: ({ key, query }, collection) => [{ distinct: collection, key, query }],
  aggregate: ({ pipeline }, collection) => [{ aggregate: collection, pipeline, cursor: {} }],
  findAndModify: ({ query, sort }, collection) => [find(collection, query, sort)],
  update: statements('updates'),
  delete: statements('deletes'),
};

/** An empty collection of searches. */
export function collectQueries(): SeenQueries {
  const shapes = new Map<string, SeenQuery>();
  return {
    add: ({ commandName, command, databaseName: database }) => {
      const collection = String(command[commandName]);
      for (const search of searches[commandName]?.(command, collection) ?? []) {
        const shape = `${commandName} ${collection} ${JSON.stringify(withoutValues(search))}`;
        if (!shapes.has(shape)) shapes.set(shape, { shape, database, collection, command: search });
      }
    },
    all: () => [...shapes.values()],
  };
}

/** Fields and operators of a command; values become `?`. */
function withoutValues(value: unknown): unknown {
  if (value instanceof Map) return withoutValues(Object.fromEntries(value));
  if (Array.isArray(value)) return [...new Set(value.map((one) => JSON.stringify(withoutValues(one))))];
  if (typeof value === 'string' && value.startsWith('$')) return value;
  if (typeof value !== 'object' || value === null || value.constructor !== Object) return '?';
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withoutValues(one)]));
}
