/** Lists: page, size, sort and filters from the address, and links that keep them. */
import type { Request } from 'express';

/** A filter above a list; `choices` makes it a select. */
export interface ListFilter {
  readonly name: string;
  readonly label: string;
  readonly type?: string;
  readonly choices?: readonly { readonly value: string; readonly text: string }[];
}

/** What a list offers. `sortable` maps the name in the address to the field of the documents. */
export interface ListOptions {
  readonly path: string;
  readonly sortable: Readonly<Record<string, string>>;
  /** Name in the address, `-` in front for descending. */
  readonly defaultSort: string;
  readonly filters: readonly ListFilter[];
}

const sizes = [20, 50, 100] as const;

/** A list as a page and its query need it. */
export interface List {
  readonly path: string;
  readonly page: number;
  readonly size: number;
  readonly skip: number;
  readonly sort: string;
  /** For the query. */
  readonly order: Readonly<Record<string, 1 | -1>>;
  /** Filter values by name; '' when not set. */
  readonly values: Readonly<Record<string, string>>;
  readonly filters: readonly (ListFilter & { readonly value: string })[];
  total: number;
  pages: number;
  /** The address with some parameters changed. */
  link(change: Readonly<Record<string, string | number>>): string;
}

/** Reads a list's state from the address; what does not fit falls back to the default. */
export function readList(req: Request, options: ListOptions): List {
  const text = (name: string): string =>
    typeof req.query[name] === 'string' ? req.query[name].trim().slice(0, 100) : '';
  const whole = (name: string, fallback: number): number =>
    /^[1-9]\d{0,5}$/.test(text(name)) ? Number(text(name)) : fallback;
  const size = sizes.find((one) => one === whole('size', 20)) ?? 20;
  const asked = text('sort');
  const sort = asked.replace(/^-/, '') in options.sortable ? asked : options.defaultSort;
  const page = whole('page', 1);
  const filters = options.filters.map((one) => ({ ...one, value: allowed(one, text(one.name)) }));
  const values = Object.fromEntries(filters.map((one) => [one.name, one.value]));
  const field = options.sortable[sort.replace(/^-/, '')] ?? '_id';
  const direction = sort.startsWith('-') ? -1 : 1;
  const order: Record<string, 1 | -1> =
    field === '_id' ? { _id: direction } : { [field]: direction, _id: direction };
  const kept = { ...values, sort, size: String(size), page: String(page) };
  return {
    path: options.path,
    page,
    size,
    skip: (page - 1) * size,
    sort,
    order,
    values,
    filters,
    total: 0,
    pages: 1,
    link: (change) => address(options.path, { ...kept, ...change }),
  };
}

/** Sets total and number of pages after the count. */
export function withTotal(list: List, total: number): List {
  list.total = total;
  list.pages = Math.max(1, Math.ceil(total / list.size));
  return list;
}

function allowed(filter: ListFilter, value: string): string {
  return filter.choices === undefined || filter.choices.some((one) => one.value === value) ? value : '';
}

function address(path: string, parameters: Readonly<Record<string, string | number>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== '') query.set(name, String(value));
  return `${path}?${query.toString()}`;
}
